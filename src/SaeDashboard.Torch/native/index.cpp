// Reading and writing by index.
#include "shim.h"

#include <ATen/TensorIndexing.h>

#define INDEX int64_t dim, Tensor *index

SAE_OP(index_select, (Tensor * self, INDEX, Tensor** result), at::index_select(*self, dim, *index))
SAE_OP(gather, (Tensor * self, INDEX, Tensor** result), at::gather(*self, dim, *index))
SAE_OP(take, (Tensor * self, Tensor* index, Tensor** result), at::take(*self, *index))
SAE_OP(take_along_dim, (Tensor * self, Tensor* index, int64_t dim, Tensor** result), at::take_along_dim(*self, *index, dim))
SAE_OP(scatter, (Tensor * self, INDEX, Tensor* source, Tensor** result), at::scatter(*self, dim, *index, *source))
SAE_CALL(scatter_, (Tensor * self, INDEX, Tensor* source), self->scatter_(dim, *index, *source))
SAE_OP(scatter_add, (Tensor * self, INDEX, Tensor* source, Tensor** result), at::scatter_add(*self, dim, *index, *source))
SAE_CALL(scatter_add_, (Tensor * self, INDEX, Tensor* source), self->scatter_add_(dim, *index, *source))
SAE_OP(index_add, (Tensor * self, INDEX, Tensor* source, SaeScalar alpha, Tensor** result),
    at::index_add(*self, dim, *index, *source, sae::scalar(alpha)))
SAE_CALL(index_add_, (Tensor * self, INDEX, Tensor* source, SaeScalar alpha), self->index_add_(dim, *index, *source, sae::scalar(alpha)))
SAE_OP(index_copy, (Tensor * self, INDEX, Tensor* source, Tensor** result), at::index_copy(*self, dim, *index, *source))
SAE_CALL(index_copy_, (Tensor * self, INDEX, Tensor* source), self->index_copy_(dim, *index, *source))
SAE_OP(index_fill, (Tensor * self, INDEX, SaeScalar value, Tensor** result), at::index_fill(*self, dim, *index, sae::scalar(value)))
SAE_CALL(index_fill_, (Tensor * self, INDEX, SaeScalar value), self->index_fill_(dim, *index, sae::scalar(value)))
SAE_OP(masked_select, (Tensor * self, Tensor* mask, Tensor** result), at::masked_select(*self, *mask))
SAE_OP(nonzero, (Tensor * self, Tensor** result), at::nonzero(*self))

// One entry of an indexer. kind: 0 a new dimension, 1 the ellipsis, 2 one index (start), 3 a slice, 4 a boolean (start),
// 5 a tensor. Bit 0, 1, 2 of `given`: start, stop, step were given.
struct SaeIndex {
    int32_t kind;
    int32_t given;
    int64_t start;
    int64_t stop;
    int64_t step;
    Tensor* tensor;
};

namespace {

using at::indexing::TensorIndex;

sae::optional<int64_t> given(const SaeIndex& index, int32_t bit, int64_t value) {
    return (index.given & bit) != 0 ? sae::optional<int64_t>(value) : sae::optional<int64_t>();
}

TensorIndex entry(const SaeIndex& index) {
    switch (index.kind) {
        case 0: return TensorIndex(at::indexing::None);
        case 1: return TensorIndex(at::indexing::Ellipsis);
        case 2: return TensorIndex(index.start);
        case 3:
            return TensorIndex(at::indexing::Slice(given(index, 1, index.start), given(index, 2, index.stop), given(index, 4, index.step)));
        case 4: return TensorIndex(index.start != 0);
        default: return TensorIndex(*index.tensor);
    }
}

std::vector<TensorIndex> entries(const SaeIndex* indices, int32_t count) {
    std::vector<TensorIndex> list;
    list.reserve(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; i++) list.push_back(entry(indices[i]));
    return list;
}

c10::List<sae::optional<Tensor>> index_list(Tensor* const* items, int32_t count) {
    c10::List<sae::optional<Tensor>> list;
    for (int32_t i = 0; i < count; i++) list.push_back(sae::optional_tensor(items[i]));
    return list;
}

}  // namespace

SAE_OP(index, (Tensor * self, const SaeIndex* indices, int32_t count, Tensor** result), self->index(entries(indices, count)))
SAE_CALL(index_put_, (Tensor * self, const SaeIndex* indices, int32_t count, Tensor* value),
    self->index_put_(entries(indices, count), *value))
SAE_CALL(index_put_scalar_, (Tensor * self, const SaeIndex* indices, int32_t count, SaeScalar value),
    self->index_put_(entries(indices, count), sae::scalar(value)))
SAE_CALL(index_put_tensors_, (Tensor * self, Tensor* const* items, int32_t count, Tensor* value, bool accumulate),
    self->index_put_(index_list(items, count), *value, accumulate))
