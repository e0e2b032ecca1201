// Products of matrices and what is built from them.
#include "shim.h"

#include <string>

SAE_BINARY(matmul)
SAE_BINARY(mm)
SAE_BINARY(bmm)
SAE_BINARY(mv)
SAE_BINARY(dot)
SAE_BINARY(outer)

#define ADD_PRODUCT(name)                                                                                           \
    SAE_OP(name, (Tensor * self, Tensor * first, Tensor * second, double beta, double alpha, Tensor * *result),     \
        at::name(*self, *first, *second, beta, alpha))                                                              \
    SAE_CALL(name##_, (Tensor * self, Tensor * first, Tensor * second, double beta, double alpha),                  \
        self->name##_(*first, *second, beta, alpha))
ADD_PRODUCT(addmm)
ADD_PRODUCT(addmv)
ADD_PRODUCT(baddbmm)
ADD_PRODUCT(addbmm)

SAE_OP(einsum, (const char* equation, Tensor* const* items, int32_t count, Tensor** result),
    at::einsum(std::string(equation), sae::tensors(items, count)))
SAE_OP(tensordot, (Tensor * self, Tensor* other, const int64_t* first, int32_t first_count, const int64_t* second, int32_t second_count,
    Tensor** result),
    at::tensordot(*self, *other, sae::sizes(first, first_count), sae::sizes(second, second_count)))

SAE_CALL(svd, (Tensor * self, bool full, Tensor** u, Tensor** s, Tensor** vh),
    auto all = at::linalg_svd(*self, full);
    *u = sae::give(std::get<0>(all));
    *s = sae::give(std::get<1>(all));
    *vh = sae::give(std::get<2>(all)))
SAE_OP2(eigh, (Tensor * self, bool upper, Tensor** first, Tensor** second), at::linalg_eigh(*self, upper ? "U" : "L"))
SAE_OP2(qr, (Tensor * self, bool reduced, Tensor** first, Tensor** second), at::linalg_qr(*self, reduced ? "reduced" : "complete"))
SAE_OP(inverse, (Tensor * self, Tensor** result), at::linalg_inv(*self))
SAE_OP(solve, (Tensor * self, Tensor* other, Tensor** result), at::linalg_solve(*self, *other))
SAE_OP(cholesky, (Tensor * self, Tensor** result), at::linalg_cholesky(*self))
