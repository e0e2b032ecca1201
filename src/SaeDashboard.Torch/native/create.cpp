// Tensors out of nothing: filled, counted, drawn, copied from memory.
#include "shim.h"

#include <cstring>

namespace {

at::TensorOptions options(int32_t type, int32_t device_type, int32_t device_index) {
    auto made = at::TensorOptions().device(
        at::Device(static_cast<at::DeviceType>(device_type), static_cast<at::DeviceIndex>(device_index)));
    return type < 0 ? made : made.dtype(static_cast<at::ScalarType>(type));
}

sae::optional<at::Generator> optional_generator(at::Generator* generator) {
    return generator == nullptr ? sae::optional<at::Generator>() : sae::optional<at::Generator>(*generator);
}

// Factories take requires_grad last: ATen's own refuse it in their options.
Tensor with_grad(Tensor tensor, bool requires_grad) {
    if (requires_grad) tensor.set_requires_grad(true);
    return tensor;
}

}  // namespace

#define SIZE const int64_t *size, int32_t dims
#define OPTIONS int32_t type, int32_t device_type, int32_t device_index, bool requires_grad
#define MADE options(type, device_type, device_index)
#define CREATE(name, parameters, ...) SAE_OP(name, parameters, with_grad(__VA_ARGS__, requires_grad))

CREATE(empty, (SIZE, OPTIONS, Tensor** result), at::empty(sae::sizes(size, dims), MADE))
CREATE(zeros, (SIZE, OPTIONS, Tensor** result), at::zeros(sae::sizes(size, dims), MADE))
CREATE(ones, (SIZE, OPTIONS, Tensor** result), at::ones(sae::sizes(size, dims), MADE))
CREATE(full, (SIZE, SaeScalar value, OPTIONS, Tensor** result), at::full(sae::sizes(size, dims), sae::scalar(value), MADE))
CREATE(arange, (SaeScalar start, SaeScalar stop, SaeScalar step, OPTIONS, Tensor** result),
    at::arange(sae::scalar(start), sae::scalar(stop), sae::scalar(step), MADE))
CREATE(linspace, (double start, double end, int64_t steps, OPTIONS, Tensor** result), at::linspace(start, end, steps, MADE))
CREATE(eye, (int64_t rows, int64_t columns, OPTIONS, Tensor** result), at::eye(rows, columns, MADE))
CREATE(hann_window, (int64_t length, bool periodic, OPTIONS, Tensor** result), at::hann_window(length, periodic, MADE))

CREATE(rand, (SIZE, at::Generator* generator, OPTIONS, Tensor** result),
    at::rand(sae::sizes(size, dims), optional_generator(generator), MADE))
CREATE(randn, (SIZE, at::Generator* generator, OPTIONS, Tensor** result),
    at::randn(sae::sizes(size, dims), optional_generator(generator), MADE))
CREATE(randint, (int64_t low, int64_t high, SIZE, at::Generator* generator, OPTIONS, Tensor** result),
    at::randint(low, high, sae::sizes(size, dims), optional_generator(generator), MADE))
CREATE(randperm, (int64_t count, at::Generator* generator, OPTIONS, Tensor** result),
    at::randperm(count, optional_generator(generator), MADE))

CREATE(empty_like, (Tensor * self, OPTIONS, Tensor** result), at::empty_like(*self, MADE))
CREATE(zeros_like, (Tensor * self, OPTIONS, Tensor** result), at::zeros_like(*self, MADE))
CREATE(ones_like, (Tensor * self, OPTIONS, Tensor** result), at::ones_like(*self, MADE))
CREATE(full_like, (Tensor * self, SaeScalar value, OPTIONS, Tensor** result), at::full_like(*self, sae::scalar(value), MADE))
CREATE(rand_like, (Tensor * self, OPTIONS, Tensor** result), at::rand_like(*self, MADE))
CREATE(randn_like, (Tensor * self, OPTIONS, Tensor** result), at::randn_like(*self, MADE))

SAE_CALL(normal_, (Tensor * self, double mean, double std, at::Generator* generator),
    self->normal_(mean, std, optional_generator(generator)))
SAE_CALL(uniform_, (Tensor * self, double from, double to, at::Generator* generator),
    self->uniform_(from, to, optional_generator(generator)))
SAE_OP(bernoulli, (Tensor * self, at::Generator* generator, Tensor** result), at::bernoulli(*self, optional_generator(generator)))
SAE_CALL(bernoulli_, (Tensor * self, double p, at::Generator* generator), self->bernoulli_(p, optional_generator(generator)))
SAE_OP(multinomial, (Tensor * self, int64_t samples, bool replacement, at::Generator* generator, Tensor** result),
    at::multinomial(*self, samples, replacement, optional_generator(generator)))

// Copies `bytes` bytes of elements of `source_type`, then converts and moves: the caller's memory is free on return.
SAE_CALL(from_memory, (const void* data, int64_t bytes, int32_t source_type, SIZE, OPTIONS, Tensor** result),
    auto tensor = at::empty(sae::sizes(size, dims), at::TensorOptions().dtype(static_cast<at::ScalarType>(source_type)));
    TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == bytes, "the shape asks for ", tensor.nbytes(), " bytes, ", bytes, " were given");
    if (bytes > 0) std::memcpy(tensor.data_ptr(), data, static_cast<size_t>(bytes));
    *result = sae::give(with_grad(tensor.to(MADE), requires_grad)))
