// CUDA graphs: a whole step of launches recorded once and replayed with one. Without CUDA in the libtorch that is compiled against,
// the calls are there and say so.
#include "shim.h"

#ifdef SAE_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/cuda.h>

namespace {
struct Graph {
    at::cuda::CUDAGraph graph;
    c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool();
    c10::cuda::CUDAStream before = c10::cuda::getCurrentCUDAStream();
};
}  // namespace

SAE_CALL(graph_available, (bool* available), *available = torch::cuda::is_available())
// From here on the calling thread's work goes to a stream of the graph's own: capture is not allowed on the default one.
SAE_CALL(graph_new, (Graph** result),
    auto* graph = new Graph();
    graph->before.synchronize();
    c10::cuda::setCurrentCUDAStream(graph->side);
    *result = graph)
SAE_CALL(graph_begin, (Graph* graph), graph->side.synchronize(); graph->graph.capture_begin())
SAE_CALL(graph_end, (Graph* graph), graph->graph.capture_end())
SAE_CALL(graph_leave, (Graph* graph), graph->side.synchronize(); c10::cuda::setCurrentCUDAStream(graph->before))
SAE_CALL(graph_replay, (Graph* graph), graph->graph.replay())
SAE_API void sae_graph_free(Graph* graph) { delete graph; }
#else
namespace {
[[noreturn]] void refuse() { TORCH_CHECK(false, "the shim was compiled against a libtorch without CUDA, which has no graphs"); }
}  // namespace

SAE_CALL(graph_available, (bool* available), *available = false)
SAE_CALL(graph_new, (void** result), *result = nullptr; refuse())
SAE_CALL(graph_begin, (void* graph), refuse())
SAE_CALL(graph_end, (void* graph), refuse())
SAE_CALL(graph_leave, (void* graph), refuse())
SAE_CALL(graph_replay, (void* graph), refuse())
SAE_API void sae_graph_free(void* graph) {}
#endif
