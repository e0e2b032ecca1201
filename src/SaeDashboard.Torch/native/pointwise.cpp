// Element by element: of two tensors, of a tensor and a number, choices by a mask.
#include "shim.h"

#include <ATen/ScalarOps.h>

#include <stdexcept>

SAE_BINARY(maximum)
SAE_BINARY(minimum)
SAE_BINARY(atan2)
SAE_BINARY(logical_and)
SAE_BINARY(logical_or)
SAE_BINARY(logical_xor)
SAE_BINARY(bitwise_and)
SAE_BINARY(bitwise_or)
SAE_BINARY(bitwise_xor)
SAE_BINARY(logaddexp)
SAE_BINARY(floor_divide)
SAE_OP(floor_divide_scalar, (Tensor * self, SaeScalar other, Tensor** result), at::floor_divide(*self, sae::scalar(other)))

#define WITH_ALPHA(name)                                                                                              \
    SAE_OP(name, (Tensor * self, Tensor * other, SaeScalar alpha, Tensor * *result), at::name(*self, *other, sae::scalar(alpha))) \
    SAE_OP(name##_scalar, (Tensor * self, SaeScalar other, SaeScalar alpha, Tensor * *result),                        \
        at::name(*self, sae::scalar(other), sae::scalar(alpha)))                                                      \
    SAE_CALL(name##_, (Tensor * self, Tensor * other, SaeScalar alpha), self->name##_(*other, sae::scalar(alpha)))    \
    SAE_CALL(name##_scalar_, (Tensor * self, SaeScalar other, SaeScalar alpha), self->name##_(sae::scalar(other), sae::scalar(alpha)))
WITH_ALPHA(add)
WITH_ALPHA(sub)
SAE_OP(rsub_scalar, (Tensor * self, SaeScalar other, Tensor** result), at::rsub(*self, sae::scalar(other)))

// number / tensor: a wrapped number keeps the tensor's type, as Python's does.
SAE_OP(divide_scalar, (SaeScalar self, Tensor* other, Tensor** result),
    at::div(at::native::wrapped_scalar_tensor(sae::scalar(self)), *other))

#define TENSOR_OR_SCALAR(name)                                                                                     \
    SAE_BINARY(name)                                                                                               \
    SAE_OP(name##_scalar, (Tensor * self, SaeScalar other, Tensor * *result), at::name(*self, sae::scalar(other))) \
    SAE_CALL(name##_, (Tensor * self, Tensor * other), self->name##_(*other))                                      \
    SAE_CALL(name##_scalar_, (Tensor * self, SaeScalar other), self->name##_(sae::scalar(other)))
TENSOR_OR_SCALAR(mul)
TENSOR_OR_SCALAR(pow)
TENSOR_OR_SCALAR(remainder)
TENSOR_OR_SCALAR(eq)
TENSOR_OR_SCALAR(ne)
TENSOR_OR_SCALAR(lt)
TENSOR_OR_SCALAR(le)
TENSOR_OR_SCALAR(gt)
TENSOR_OR_SCALAR(ge)

namespace {
// mode: 0 none, 1 trunc, 2 floor. A literal is passed straight on: libtorch's string view is another class in each age.
template <typename Divide>
auto rounded(int32_t mode, Divide&& divide) {
    switch (mode) {
        case 1: return divide("trunc");
        case 2: return divide("floor");
        default: throw std::invalid_argument("there is no such way of rounding");
    }
}

template <typename Divisor>
Tensor divide(const Tensor& self, const Divisor& by, int32_t mode) {
    return mode == 0 ? at::div(self, by) : rounded(mode, [&](const char* name) { return at::div(self, by, name); });
}

template <typename Divisor>
void divide_in_place(Tensor& self, const Divisor& by, int32_t mode) {
    if (mode == 0) self.div_(by);
    else rounded(mode, [&](const char* name) { return self.div_(by, name); });
}
}  // namespace
SAE_OP(div, (Tensor * self, Tensor* other, int32_t mode, Tensor** result), divide(*self, *other, mode))
SAE_OP(div_scalar, (Tensor * self, SaeScalar other, int32_t mode, Tensor** result), divide(*self, sae::scalar(other), mode))
SAE_CALL(div_, (Tensor * self, Tensor* other, int32_t mode), divide_in_place(*self, *other, mode))
SAE_CALL(div_scalar_, (Tensor * self, SaeScalar other, int32_t mode), divide_in_place(*self, sae::scalar(other), mode))

SAE_OP(addcmul, (Tensor * self, Tensor* a, Tensor* b, SaeScalar value, Tensor** result), at::addcmul(*self, *a, *b, sae::scalar(value)))
SAE_CALL(addcmul_, (Tensor * self, Tensor* a, Tensor* b, SaeScalar value), self->addcmul_(*a, *b, sae::scalar(value)))
SAE_OP(addcdiv, (Tensor * self, Tensor* a, Tensor* b, SaeScalar value, Tensor** result), at::addcdiv(*self, *a, *b, sae::scalar(value)))
SAE_CALL(addcdiv_, (Tensor * self, Tensor* a, Tensor* b, SaeScalar value), self->addcdiv_(*a, *b, sae::scalar(value)))
SAE_OP(lerp, (Tensor * self, Tensor* end, Tensor* weight, Tensor** result), at::lerp(*self, *end, *weight))
SAE_CALL(lerp_, (Tensor * self, Tensor* end, Tensor* weight), self->lerp_(*end, *weight))

SAE_OP(clamp, (Tensor * self, SaeScalar low, SaeScalar high, Tensor** result),
    at::clamp(*self, sae::optional_scalar(low), sae::optional_scalar(high)))
SAE_CALL(clamp_, (Tensor * self, SaeScalar low, SaeScalar high), self->clamp_(sae::optional_scalar(low), sae::optional_scalar(high)))
SAE_OP(clamp_tensor, (Tensor * self, Tensor* low, Tensor* high, Tensor** result),
    at::clamp(*self, sae::optional_tensor(low), sae::optional_tensor(high)))
SAE_CALL(clamp_tensor_, (Tensor * self, Tensor* low, Tensor* high),
    self->clamp_(sae::optional_tensor(low), sae::optional_tensor(high)))

SAE_OP(where, (Tensor * condition, Tensor* x, Tensor* y, Tensor** result), at::where(*condition, *x, *y))
SAE_OP(masked_fill, (Tensor * self, Tensor* mask, SaeScalar value, Tensor** result), at::masked_fill(*self, *mask, sae::scalar(value)))
SAE_CALL(masked_fill_, (Tensor * self, Tensor* mask, SaeScalar value), self->masked_fill_(*mask, sae::scalar(value)))
SAE_OP(isclose, (Tensor * self, Tensor* other, double rtol, double atol, bool equal_nan, Tensor** result),
    at::isclose(*self, *other, rtol, atol, equal_nan))
SAE_CALL(allclose, (Tensor * self, Tensor* other, double rtol, double atol, bool equal_nan, bool* result),
    *result = at::allclose(*self, *other, rtol, atol, equal_nan))
SAE_CALL(equal, (Tensor * self, Tensor* other, bool* result), *result = at::equal(*self, *other))
