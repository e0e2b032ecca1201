// Sums, extremes, orders and counts along dimensions.
#include "shim.h"

#define DIMS const int64_t *dims, int32_t count

SAE_OP(sum, (Tensor * self, int32_t type, Tensor** result), at::sum(*self, sae::optional_type(type)))
SAE_OP(sum_dims, (Tensor * self, DIMS, bool keepdim, int32_t type, Tensor** result),
    at::sum(*self, sae::sizes(dims, count), keepdim, sae::optional_type(type)))
SAE_OP(mean, (Tensor * self, int32_t type, Tensor** result), at::mean(*self, sae::optional_type(type)))
SAE_OP(mean_dims, (Tensor * self, DIMS, bool keepdim, int32_t type, Tensor** result),
    at::mean(*self, sae::sizes(dims, count), keepdim, sae::optional_type(type)))
SAE_OP(prod, (Tensor * self, int32_t type, Tensor** result), at::prod(*self, sae::optional_type(type)))
SAE_OP(prod_dim, (Tensor * self, int64_t dim, bool keepdim, int32_t type, Tensor** result),
    at::prod(*self, dim, keepdim, sae::optional_type(type)))

namespace {
Tensor as_type(const Tensor& self, int32_t type) { return type < 0 ? self : self.to(static_cast<at::ScalarType>(type)); }
}  // namespace
SAE_OP(var, (Tensor * self, bool unbiased, Tensor** result), at::var(*self, unbiased))
SAE_OP(var_dims, (Tensor * self, DIMS, bool unbiased, bool keepdim, int32_t type, Tensor** result),
    at::var(as_type(*self, type), sae::sizes(dims, count), unbiased, keepdim))
SAE_OP(std, (Tensor * self, bool unbiased, Tensor** result), at::std(*self, unbiased))
SAE_OP(std_dims, (Tensor * self, DIMS, bool unbiased, bool keepdim, int32_t type, Tensor** result),
    at::std(as_type(*self, type), sae::sizes(dims, count), unbiased, keepdim))

SAE_OP(amax, (Tensor * self, DIMS, bool keepdim, Tensor** result), at::amax(*self, sae::sizes(dims, count), keepdim))
SAE_OP(amin, (Tensor * self, DIMS, bool keepdim, Tensor** result), at::amin(*self, sae::sizes(dims, count), keepdim))
SAE_UNARY(max)
SAE_UNARY(min)
SAE_UNARY(median)
SAE_OP2(max_dim, (Tensor * self, int64_t dim, bool keepdim, Tensor** first, Tensor** second), at::max(*self, dim, keepdim))
SAE_OP2(min_dim, (Tensor * self, int64_t dim, bool keepdim, Tensor** first, Tensor** second), at::min(*self, dim, keepdim))
SAE_OP(argmax, (Tensor * self, Tensor** result), at::argmax(*self))
SAE_OP(argmin, (Tensor * self, Tensor** result), at::argmin(*self))
SAE_OP(argmax_dim, (Tensor * self, int64_t dim, bool keepdim, Tensor** result), at::argmax(*self, dim, keepdim))
SAE_OP(argmin_dim, (Tensor * self, int64_t dim, bool keepdim, Tensor** result), at::argmin(*self, dim, keepdim))
SAE_UNARY(all)
SAE_UNARY(any)
SAE_OP(all_dim, (Tensor * self, int64_t dim, bool keepdim, Tensor** result), at::all(*self, dim, keepdim))
SAE_OP(any_dim, (Tensor * self, int64_t dim, bool keepdim, Tensor** result), at::any(*self, dim, keepdim))
SAE_OP(cumsum, (Tensor * self, int64_t dim, int32_t type, Tensor** result), at::cumsum(*self, dim, sae::optional_type(type)))
SAE_OP(cumprod, (Tensor * self, int64_t dim, int32_t type, Tensor** result), at::cumprod(*self, dim, sae::optional_type(type)))
SAE_OP(logsumexp, (Tensor * self, int64_t dim, bool keepdim, Tensor** result), at::logsumexp(*self, dim, keepdim))
SAE_OP(count_nonzero, (Tensor * self, DIMS, Tensor** result),
    count < 0 ? at::count_nonzero(*self) : at::count_nonzero(*self, sae::sizes(dims, count)))

SAE_OP2(topk, (Tensor * self, int64_t k, int64_t dim, bool largest, bool sorted, Tensor** first, Tensor** second),
    at::topk(*self, k, dim, largest, sorted))
SAE_OP2(sort, (Tensor * self, int64_t dim, bool descending, bool stable, Tensor** first, Tensor** second),
    at::sort(*self, sae::optional<bool>(stable), dim, descending))
SAE_OP(argsort, (Tensor * self, int64_t dim, bool descending, Tensor** result), at::argsort(*self, dim, descending))
SAE_OP2(kthvalue, (Tensor * self, int64_t k, int64_t dim, bool keepdim, Tensor** first, Tensor** second),
    at::kthvalue(*self, k, dim, keepdim))
SAE_OP(quantile, (Tensor * self, Tensor* q, int64_t dim, bool keepdim, Tensor** result), at::quantile(*self, *q, dim, keepdim))
SAE_OP(bincount, (Tensor * self, Tensor* weights, int64_t minimum, Tensor** result),
    at::bincount(*self, sae::optional_tensor(weights), minimum))
SAE_OP(histc, (Tensor * self, int64_t bins, int64_t low, int64_t high, Tensor** result), at::histc(*self, bins, low, high))
SAE_OP(bucketize, (Tensor * self, Tensor* boundaries, bool int32, bool right, Tensor** result),
    at::bucketize(*self, *boundaries, int32, right))
SAE_OP(searchsorted, (Tensor * sequence, Tensor* values, bool int32, bool right, Tensor* sorter, Tensor** result),
    at::searchsorted(*sequence, *values, int32, right, {}, sae::optional_tensor(sorter)))
SAE_CALL(unique, (Tensor * self, bool sorted, bool inverse, bool counts, Tensor** first, Tensor** second, Tensor** third),
    auto all = at::_unique2(*self, sorted, inverse, counts);
    *first = sae::give(std::get<0>(all));
    *second = inverse ? sae::give(std::get<1>(all)) : nullptr;
    *third = counts ? sae::give(std::get<2>(all)) : nullptr)

SAE_OP(norm, (Tensor * self, double p, Tensor** result), at::norm(*self, p))
SAE_OP(norm_dim, (Tensor * self, double p, int64_t dim, bool keepdim, Tensor** result), at::norm(*self, p, dim, keepdim))
SAE_OP(vector_norm, (Tensor * self, double order, DIMS, bool keepdim, Tensor** result),
    at::linalg_vector_norm(*self, order, sae::optional_sizes(dims, count), keepdim))
SAE_OP(linalg_norm, (Tensor * self, DIMS, bool keepdim, Tensor** result),
    at::linalg_norm(*self, sae::optional<at::Scalar>(), sae::optional_sizes(dims, count), keepdim))
SAE_OP(linalg_norm_order, (Tensor * self, double order, DIMS, bool keepdim, Tensor** result),
    at::linalg_norm(*self, sae::optional<at::Scalar>(order), sae::optional_sizes(dims, count), keepdim))
