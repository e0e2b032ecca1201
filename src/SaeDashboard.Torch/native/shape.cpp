// Views, copies in another shape, joining and cutting.
#include "shim.h"

#define SIZE const int64_t *size, int32_t dims

SAE_OP(view, (Tensor * self, SIZE, Tensor** result), self->view(sae::sizes(size, dims)))
SAE_OP(reshape, (Tensor * self, SIZE, Tensor** result), self->reshape(sae::sizes(size, dims)))
SAE_OP(expand, (Tensor * self, SIZE, bool implicit, Tensor** result), self->expand(sae::sizes(size, dims), implicit))
SAE_OP(repeat, (Tensor * self, SIZE, Tensor** result), self->repeat(sae::sizes(size, dims)))
SAE_OP(permute, (Tensor * self, SIZE, Tensor** result), self->permute(sae::sizes(size, dims)))
SAE_OP(flip, (Tensor * self, SIZE, Tensor** result), self->flip(sae::sizes(size, dims)))
SAE_OP(roll, (Tensor * self, const int64_t* shifts, int32_t shift_count, const int64_t* dims, int32_t dim_count, Tensor** result),
    at::roll(*self, sae::sizes(shifts, shift_count), sae::sizes(dims, dim_count)))
SAE_OP(flatten, (Tensor * self, int64_t from, int64_t to, Tensor** result), self->flatten(from, to))
SAE_OP(unflatten, (Tensor * self, int64_t dim, SIZE, Tensor** result), self->unflatten(dim, sae::sizes(size, dims)))
SAE_OP(transpose, (Tensor * self, int64_t first, int64_t second, Tensor** result), self->transpose(first, second))
SAE_OP(t, (Tensor * self, Tensor** result), self->t())
SAE_OP(numpy_T, (Tensor * self, Tensor** result), self->numpy_T())
SAE_OP(squeeze, (Tensor * self, Tensor** result), self->squeeze())
SAE_OP(squeeze_dim, (Tensor * self, int64_t dim, Tensor** result), self->squeeze(dim))
SAE_OP(unsqueeze, (Tensor * self, int64_t dim, Tensor** result), self->unsqueeze(dim))
SAE_OP(narrow, (Tensor * self, int64_t dim, int64_t start, int64_t length, Tensor** result), self->narrow(dim, start, length))
SAE_OP(select, (Tensor * self, int64_t dim, int64_t index, Tensor** result), self->select(dim, index))
SAE_OP(slice, (Tensor * self, int64_t dim, int64_t start, int64_t finish, int64_t step, Tensor** result),
    self->slice(dim, start, finish, step))
SAE_OP(as_strided, (Tensor * self, SIZE, const int64_t* strides, int32_t stride_count, int64_t offset, Tensor** result),
    self->as_strided(sae::sizes(size, dims), sae::sizes(strides, stride_count), offset))
SAE_OP(unfold, (Tensor * self, int64_t dim, int64_t size, int64_t step, Tensor** result), self->unfold(dim, size, step))
SAE_OP(diagonal, (Tensor * self, int64_t offset, int64_t first, int64_t second, Tensor** result), self->diagonal(offset, first, second))
SAE_OP(diag, (Tensor * self, int64_t diagonal, Tensor** result), at::diag(*self, diagonal))
SAE_OP(tril, (Tensor * self, int64_t diagonal, Tensor** result), at::tril(*self, diagonal))
SAE_OP(triu, (Tensor * self, int64_t diagonal, Tensor** result), at::triu(*self, diagonal))
SAE_OP(movedim, (Tensor * self, const int64_t* from, int32_t from_count, const int64_t* to, int32_t to_count, Tensor** result),
    at::movedim(*self, sae::sizes(from, from_count), sae::sizes(to, to_count)))

SAE_OP(repeat_interleave, (Tensor * self, int64_t repeats, int64_t dim, bool has_dim, Tensor** result),
    at::repeat_interleave(*self, repeats, has_dim ? sae::optional<int64_t>(dim) : sae::optional<int64_t>()))
SAE_OP(repeat_interleave_tensor, (Tensor * self, Tensor* repeats, int64_t dim, bool has_dim, Tensor** result),
    at::repeat_interleave(*self, *repeats, has_dim ? sae::optional<int64_t>(dim) : sae::optional<int64_t>()))

SAE_OP(cat, (Tensor * const* items, int32_t count, int64_t dim, Tensor** result), at::cat(sae::tensors(items, count), dim))
SAE_OP(stack, (Tensor * const* items, int32_t count, int64_t dim, Tensor** result), at::stack(sae::tensors(items, count), dim))

#define LIST Tensor **results, int32_t capacity, int32_t *count
SAE_CALL(chunk, (Tensor * self, int64_t chunks, int64_t dim, LIST), sae::give_list(self->chunk(chunks, dim), results, capacity, count))
SAE_CALL(split, (Tensor * self, int64_t size, int64_t dim, LIST), sae::give_list(self->split(size, dim), results, capacity, count))
SAE_CALL(split_sizes, (Tensor * self, SIZE, int64_t dim, LIST),
    sae::give_list(self->split_with_sizes(sae::sizes(size, dims), dim), results, capacity, count))
SAE_CALL(unbind, (Tensor * self, int64_t dim, LIST), sae::give_list(self->unbind(dim), results, capacity, count))
