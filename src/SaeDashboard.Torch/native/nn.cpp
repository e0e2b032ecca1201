// The functions of neural networks.
#include "shim.h"

#include <cmath>
#include <limits>
#include <torch/version.h>

SAE_OP(linear, (Tensor * input, Tensor* weight, Tensor* bias, Tensor** result),
    at::linear(*input, *weight, sae::optional_tensor(bias)))
SAE_OP(layer_norm, (Tensor * input, const int64_t* shape, int32_t dims, Tensor* weight, Tensor* bias, double eps, Tensor** result),
    at::layer_norm(*input, sae::sizes(shape, dims), sae::optional_tensor(weight), sae::optional_tensor(bias), eps))
SAE_OP(group_norm, (Tensor * input, int64_t groups, Tensor* weight, Tensor* bias, double eps, Tensor** result),
    at::group_norm(*input, groups, sae::optional_tensor(weight), sae::optional_tensor(bias), eps))
SAE_OP(gelu, (Tensor * input, bool tanh, Tensor** result), at::gelu(*input, tanh ? "tanh" : "none"))
SAE_CALL(gelu_, (Tensor * input, bool tanh), at::gelu_(*input, tanh ? "tanh" : "none"))
SAE_OP(elu, (Tensor * input, double alpha, Tensor** result), at::elu(*input, alpha))
SAE_CALL(elu_, (Tensor * input, double alpha), at::elu_(*input, alpha))
SAE_OP(leaky_relu, (Tensor * input, SaeScalar slope, Tensor** result), at::leaky_relu(*input, sae::scalar(slope)))
SAE_OP(softplus, (Tensor * input, double beta, double threshold, Tensor** result), at::softplus(*input, beta, threshold))
SAE_OP(softmax, (Tensor * input, int64_t dim, int32_t type, Tensor** result), at::softmax(*input, dim, sae::optional_type(type)))
SAE_OP(log_softmax, (Tensor * input, int64_t dim, int32_t type, Tensor** result), at::log_softmax(*input, dim, sae::optional_type(type)))
SAE_OP(dropout, (Tensor * input, double p, bool training, Tensor** result), at::dropout(*input, p, training))
SAE_OP(one_hot, (Tensor * indices, int64_t classes, Tensor** result), at::one_hot(*indices, classes))

SAE_OP(conv1d, (Tensor * input, Tensor* weight, Tensor* bias, int64_t stride, int64_t padding, int64_t dilation, int64_t groups,
    Tensor** result),
    at::conv1d(*input, *weight, sae::optional_tensor(bias), stride, padding, dilation, groups))
SAE_OP(conv_transpose1d, (Tensor * input, Tensor* weight, Tensor* bias, int64_t stride, int64_t padding, int64_t output_padding,
    int64_t dilation, int64_t groups, Tensor** result),
    at::conv_transpose1d(*input, *weight, sae::optional_tensor(bias), stride, padding, output_padding, groups, dilation))

// mode: 0 a constant, 1 reflect, 2 replicate, 3 circular
namespace {
Tensor pad(const Tensor& input, at::IntArrayRef pad, int32_t mode, double value) {
    static const char* const names[] = {"constant", "reflect", "replicate", "circular"};
    TORCH_CHECK(mode >= 0 && mode < 4, "no such way of padding");
    return at::pad(input, pad, names[mode], mode == 0 ? sae::optional<double>(value) : sae::optional<double>());
}

// softmax(q·kᵀ/√width + mask)·v, for a libtorch that has no such function: the same formula as its "math" path.
[[maybe_unused]] Tensor composite_attention(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor* mask,
    double dropout, bool causal) {
    auto scores = at::matmul(query * (1.0 / std::sqrt(static_cast<double>(query.size(-1)))), key.transpose(-2, -1));
    constexpr double lowest = -std::numeric_limits<double>::infinity();
    if (causal) {
        TORCH_CHECK(mask == nullptr, "a mask and is_causal cannot both be given");
        auto allowed = at::ones({query.size(-2), key.size(-2)}, query.options().dtype(at::kBool)).tril();
        scores = scores.masked_fill(allowed.logical_not(), lowest);
    } else if (mask != nullptr) {
        scores = mask->scalar_type() == at::kBool ? scores.masked_fill(mask->logical_not(), lowest) : scores + *mask;
    }
    auto weights = at::softmax(scores, -1);
    if (dropout > 0) weights = at::dropout(weights, dropout, true);
    return at::matmul(weights, value);
}

Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor* mask, double dropout, bool causal) {
#if TORCH_VERSION_MAJOR >= 2
    return at::scaled_dot_product_attention(query, key, value, sae::optional_tensor(mask), dropout, causal);
#else
    return composite_attention(query, key, value, mask, dropout, causal);
#endif
}
}  // namespace
SAE_OP(pad, (Tensor * input, const int64_t* amounts, int32_t count, int32_t mode, double value, Tensor** result),
    pad(*input, sae::sizes(amounts, count), mode, value))
SAE_OP(scaled_dot_product_attention, (Tensor * query, Tensor* key, Tensor* value, Tensor* mask, double dropout, bool causal,
    Tensor** result),
    attention(*query, *key, *value, mask, dropout, causal))

// reduction: 0 none, 1 mean, 2 sum, as at::Reduction
SAE_OP(mse_loss, (Tensor * input, Tensor* target, int64_t reduction, Tensor** result), at::mse_loss(*input, *target, reduction))
SAE_OP(l1_loss, (Tensor * input, Tensor* target, int64_t reduction, Tensor** result), at::l1_loss(*input, *target, reduction))
SAE_OP(cross_entropy, (Tensor * input, Tensor* target, Tensor* weight, int64_t reduction, int64_t ignore, double smoothing,
    Tensor** result),
    at::cross_entropy_loss(*input, *target, sae::optional_tensor(weight), reduction, ignore, smoothing))
SAE_OP(cosine_similarity, (Tensor * first, Tensor* second, int64_t dim, double eps, Tensor** result),
    at::cosine_similarity(*first, *second, dim, eps))
SAE_OP(normalize, (Tensor * input, double p, int64_t dim, double eps, Tensor** result),
    *input / at::norm(*input, p, dim, true).clamp_min(eps).expand_as(*input))
