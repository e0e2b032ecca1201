// The shim's frame: how a call is guarded, how results and errors cross the ABI.
//
// Every exported function returns 0, or 1 after storing a message that sae_last_error() hands out on the same thread.
// No exception leaves the library. Tensors cross as pointers to heap-allocated at::Tensor that the caller frees with
// sae_tensor_free. Only ATen's stable surface is used, so that libtorch 1.13 and newer compile alike.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <utility>
#include <vector>

// Raised with every change of a signature; the managed side refuses another number.
constexpr int32_t SAE_ABI_VERSION = 3;

#define SAE_API extern "C" __attribute__((visibility("default")))

using at::Tensor;

// A number on its way to libtorch. kind: 0 absent, 1 integer, 2 floating (bits hold a double), 3 boolean.
struct SaeScalar {
    int64_t bits;
    int32_t kind;
};

namespace sae {

// Stores the message of the exception in flight for this thread; called from a catch block only.
int32_t report() noexcept;

// libtorch's optional is its own class in 1.13 and std::optional later: this takes whichever a signature of it uses.
template <typename Filled>
struct Family;
template <template <typename> class Optional, typename Value>
struct Family<Optional<Value>> {
    template <typename Other>
    using Of = Optional<Other>;
};
template <typename Value>
using optional = typename Family<decltype(std::declval<at::TensorOptions>().device_opt())>::template Of<Value>;

// Brings a thread that calls for the first time to the process' thread count and denormal mode.
void enter_thread();

at::Scalar scalar(SaeScalar value);
optional<at::Scalar> optional_scalar(SaeScalar value);

// -1 is "none given".
optional<at::ScalarType> optional_type(int32_t type);

inline at::IntArrayRef sizes(const int64_t* values, int32_t count) { return {values, static_cast<size_t>(count)}; }
inline at::OptionalIntArrayRef optional_sizes(const int64_t* values, int32_t count) {
    return count < 0 ? at::OptionalIntArrayRef() : at::OptionalIntArrayRef(sizes(values, count));
}

// A tensor that may be left out.
inline optional<Tensor> optional_tensor(const Tensor* tensor) {
    return tensor == nullptr ? optional<Tensor>() : optional<Tensor>(*tensor);
}

std::vector<Tensor> tensors(Tensor* const* items, int32_t count);

// An undefined tensor (a gradient that is not there) crosses as a null pointer.
inline Tensor* give(Tensor tensor) { return tensor.defined() ? new Tensor(std::move(tensor)) : nullptr; }

// Hands out a list into `results`, which has room for `capacity`; throws when there are more.
void give_list(std::vector<Tensor> list, Tensor** results, int32_t capacity, int32_t* count);

template <typename Body>
inline int32_t guarded(Body&& body) noexcept {
    try {
        enter_thread();
        body();
        return 0;
    } catch (...) {
        return report();
    }
}

}  // namespace sae

// SAE_CALL: a function with a body. SAE_OP: one tensor out. SAE_OP2: two. SAE_DO: changes a tensor in place.
#define SAE_ARGS(...) (__VA_ARGS__)
#define SAE_CALL(name, parameters, ...) \
    SAE_API int32_t sae_##name parameters { return sae::guarded([&] { __VA_ARGS__; }); }
#define SAE_OP(name, parameters, ...) SAE_CALL(name, parameters, *result = sae::give(__VA_ARGS__))
#define SAE_OP2(name, parameters, ...)                    \
    SAE_CALL(name, parameters, auto both = (__VA_ARGS__); \
             *first = sae::give(std::get<0>(both)); *second = sae::give(std::get<1>(both)))

#define SAE_UNARY(name) SAE_OP(name, (Tensor * self, Tensor * *result), at::name(*self))
#define SAE_UNARY_(name) SAE_CALL(name, (Tensor * self), at::name(*self))
#define SAE_UNARY_BOTH(name) SAE_UNARY(name) SAE_UNARY_(name##_)
#define SAE_BINARY(name) SAE_OP(name, (Tensor * self, Tensor * other, Tensor * *result), at::name(*self, *other))
