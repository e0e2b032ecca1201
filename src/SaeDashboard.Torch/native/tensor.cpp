// A tensor's life and attributes.
#include "shim.h"

// Freed quietly: a destructor that throws has nowhere to report to.
SAE_API void sae_tensor_free(Tensor* tensor) {
    try {
        delete tensor;
    } catch (...) {
    }
}

SAE_CALL(dim, (Tensor * self, int64_t* result), *result = self->dim())
SAE_CALL(numel, (Tensor * self, int64_t* result), *result = self->numel())
SAE_CALL(element_size, (Tensor * self, int64_t* result), *result = self->element_size())
SAE_CALL(storage_offset, (Tensor * self, int64_t* result), *result = self->storage_offset())
SAE_CALL(size, (Tensor * self, int64_t dim, int64_t* result), *result = self->size(dim))
SAE_CALL(stride, (Tensor * self, int64_t dim, int64_t* result), *result = self->stride(dim))
SAE_CALL(dtype, (Tensor * self, int32_t* result), *result = static_cast<int32_t>(self->scalar_type()))
SAE_CALL(device, (Tensor * self, int32_t* type, int32_t* index),
    *type = static_cast<int32_t>(self->device().type());
    *index = self->device().index())
// `sizes` and `strides` have room for dim() values.
SAE_CALL(shape, (Tensor * self, int64_t* sizes),
    auto from = self->sizes();
    for (size_t i = 0; i < from.size(); i++) sizes[i] = from[i])
SAE_CALL(strides, (Tensor * self, int64_t* strides),
    auto from = self->strides();
    for (size_t i = 0; i < from.size(); i++) strides[i] = from[i])
SAE_CALL(is_contiguous, (Tensor * self, bool* result), *result = self->is_contiguous())
SAE_CALL(is_leaf, (Tensor * self, bool* result), *result = self->is_leaf())
SAE_CALL(is_sparse, (Tensor * self, bool* result), *result = self->is_sparse())
SAE_CALL(is_pinned, (Tensor * self, bool* result), *result = self->is_pinned())
SAE_CALL(data_ptr, (Tensor * self, void** result), *result = self->data_ptr())

SAE_CALL(item, (Tensor * self, SaeScalar* result),
    at::Scalar value = self->item();
    if (value.isBoolean()) {
        *result = {value.toBool() ? 1 : 0, 3};
    } else if (value.isIntegral(false)) {
        *result = {value.toLong(), 1};
    } else {
        TORCH_CHECK(value.isFloatingPoint(), "only real numbers can be read");
        double number = value.toDouble();
        static_assert(sizeof number == sizeof result->bits);
        __builtin_memcpy(&result->bits, &number, sizeof number);
        result->kind = 2;
    })

SAE_OP(alias, (Tensor * self, Tensor** result), at::alias(*self))
SAE_OP(clone, (Tensor * self, Tensor** result), self->clone())
SAE_OP(contiguous, (Tensor * self, Tensor** result), self->contiguous())
SAE_OP(detach, (Tensor * self, Tensor** result), self->detach())
SAE_CALL(detach_, (Tensor * self), self->detach_())
SAE_CALL(copy_, (Tensor * self, Tensor* source, bool non_blocking), self->copy_(*source, non_blocking))
SAE_CALL(fill_, (Tensor * self, SaeScalar value), self->fill_(sae::scalar(value)))
SAE_CALL(zero_, (Tensor * self), self->zero_())
SAE_CALL(set_, (Tensor * self, Tensor* source), self->set_(*source))
SAE_OP(pin_memory, (Tensor * self, Tensor** result), self->pin_memory())

// type and device: -1 keeps what the tensor has.
SAE_OP(to, (Tensor * self, int32_t type, int32_t device_type, int32_t device_index, bool copy, bool non_blocking, Tensor** result),
    self->to(device_type < 0 ? self->device()
                             : at::Device(static_cast<at::DeviceType>(device_type), static_cast<at::DeviceIndex>(device_index)),
             type < 0 ? self->scalar_type() : static_cast<at::ScalarType>(type), non_blocking, copy))

SAE_CALL(result_type, (Tensor * first, Tensor* second, int32_t* result),
    *result = static_cast<int32_t>(at::result_type(*first, *second)))
SAE_CALL(promote_types, (int32_t first, int32_t second, int32_t* result),
    *result = static_cast<int32_t>(at::promote_types(static_cast<at::ScalarType>(first), static_cast<at::ScalarType>(second))))
