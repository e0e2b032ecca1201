// Gradients: flags, the gradient tensor, backward, and the modes of a thread.
#include "shim.h"

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

SAE_CALL(grad_mode_get, (bool* enabled), *enabled = c10::GradMode::is_enabled())
SAE_CALL(grad_mode_set, (bool enabled), c10::GradMode::set_enabled(enabled))
SAE_CALL(inference_mode_get, (bool* enabled), *enabled = c10::InferenceMode::is_enabled())
// A guard object must be freed on the thread that made it, in the reverse order of making.
SAE_CALL(inference_mode_enter, (bool enabled, void** guard), *guard = new c10::InferenceMode(enabled))
SAE_CALL(inference_mode_leave, (void* guard), delete static_cast<c10::InferenceMode*>(guard))

SAE_CALL(get_requires_grad, (Tensor * self, bool* result), *result = self->requires_grad())
SAE_CALL(set_requires_grad, (Tensor * self, bool requires_grad), self->set_requires_grad(requires_grad))
SAE_CALL(retain_grad, (Tensor * self), self->retain_grad())
SAE_CALL(get_grad, (Tensor * self, Tensor** result), *result = sae::give(self->grad()))
SAE_CALL(set_grad, (Tensor * self, Tensor* grad), self->mutable_grad() = grad == nullptr ? Tensor() : *grad)

SAE_CALL(backward, (Tensor * const* outputs, int32_t output_count, Tensor* const* grads, int32_t grad_count, bool retain_graph,
                    bool create_graph, Tensor* const* inputs, int32_t input_count),
    torch::autograd::backward(sae::tensors(outputs, output_count), sae::tensors(grads, grad_count), retain_graph, create_graph,
                              sae::tensors(inputs, input_count)))
SAE_CALL(grad, (Tensor * const* outputs, int32_t output_count, Tensor* const* inputs, int32_t input_count, Tensor* const* grads,
                int32_t grad_count, bool retain_graph, bool create_graph, bool allow_unused, Tensor** results, int32_t* count),
    sae::give_list(torch::autograd::grad(sae::tensors(outputs, output_count), sae::tensors(inputs, input_count),
                                         sae::tensors(grads, grad_count), retain_graph, create_graph, allow_unused),
                   results, input_count, count))
