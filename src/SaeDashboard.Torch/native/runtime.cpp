// Versions, threads, random seeds, devices: what belongs to the process rather than to a tensor.
#include "shim.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <malloc.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>

namespace {

std::atomic<int> thread_count{0};
std::atomic<int> flush_denormals{-1};

template <typename Function>
Function* symbol(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

// OpenMP keeps its thread count per calling thread, OpenBLAS one for the process; ATen's covers both only in part.
void apply_to_this_thread() {
    int count = thread_count.load();
    if (count > 0) {
        at::set_num_threads(count);
        if (auto* set = symbol<void(int)>("omp_set_num_threads")) set(count);
    }
    int flush = flush_denormals.load();
    if (flush >= 0) at::globalContext().setFlushDenormal(flush != 0);
}

thread_local int applied_generation = 0;
std::atomic<int> generation{0};

std::string folder_above(const std::string& path) {
    auto slash = path.find_last_of('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string first_digits(const std::string& text) {
    auto from = text.find_first_of("0123456789");
    if (from == std::string::npos) return {};
    auto to = text.find_first_not_of("0123456789.", from);
    return text.substr(from, to == std::string::npos ? to : to - from);
}

// libtorch has no call that says its version: the folder it was loaded from does (build-version in the zip,
// version.py in the wheel, the file's own suffix in Debian).
std::string find_loaded_version() {
    Dl_info info;
    auto* inside = reinterpret_cast<void*>(static_cast<std::string (*)()>(&at::show_config));
    if (dladdr(inside, &info) == 0 || info.dli_fname == nullptr) return TORCH_VERSION;
    std::string library = info.dli_fname;
    if (char* real = realpath(info.dli_fname, nullptr)) {
        library = real;
        std::free(real);
    }
    std::string root = folder_above(folder_above(library));
    std::string line;
    if (std::ifstream file(root + "/build-version"); std::getline(file, line)) return line;
    if (std::ifstream file(root + "/version.py"); file)
        while (std::getline(file, line))
            if (line.rfind("__version__", 0) == 0) return first_digits(line.substr(11));
    auto suffix = library.rfind(".so.");
    return suffix == std::string::npos ? std::string(TORCH_VERSION) : library.substr(suffix + 4);
}

std::string find_blas() {
    if (auto* config = symbol<char*()>("openblas_get_config")) {
        std::string name = config();
        if (auto* parallel = symbol<int()>("openblas_get_parallel")) {
            int kind = parallel();
            name += kind == 2 ? ", OpenMP" : kind == 1 ? ", pthreads" : ", single-threaded";
        }
        return name;
    }
    if (symbol<void()>("mkl_get_max_threads") != nullptr || symbol<void()>("MKL_Get_Max_Threads") != nullptr) return "MKL";
    if (at::hasMKL()) return "MKL, linked into libtorch";
    Dl_info info;
    if (void* gemm = dlsym(RTLD_DEFAULT, "sgemm_"); gemm != nullptr && dladdr(gemm, &info) != 0) return info.dli_fname;
    return "unknown";
}

}  // namespace

namespace sae {
void enter_thread() {
    int now = generation.load(std::memory_order_relaxed);
    if (applied_generation == now) return;
    applied_generation = now;
    apply_to_this_thread();
}
}  // namespace sae

SAE_API int32_t sae_abi_version() { return SAE_ABI_VERSION; }
SAE_API const char* sae_compiled_version() { return TORCH_VERSION; }

SAE_API const char* sae_loaded_version() {
    static const std::string version = find_loaded_version();
    return version.c_str();
}

SAE_API const char* sae_blas_name() {
    static const std::string name = find_blas();
    return name.c_str();
}

SAE_CALL(set_num_threads, (int32_t count),
    TORCH_CHECK(count > 0, "the number of threads must be positive");
    thread_count = count;
    if (auto* set = symbol<void(int)>("openblas_set_num_threads")) set(count);
    generation++;
    sae::enter_thread())
SAE_CALL(get_num_threads, (int32_t * count), *count = at::get_num_threads())
SAE_CALL(set_num_interop_threads, (int32_t count), at::set_num_interop_threads(count))
SAE_CALL(get_num_interop_threads, (int32_t * count), *count = at::get_num_interop_threads())
// glibc hands large blocks back to the kernel as soon as they are freed, and every new one is then cleared page by page: a fifth of
// the time of a pass over long sequences. Blocks up to 32 MiB (the most mallopt takes) stay with the process.
SAE_CALL(keep_freed_memory, (),
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20))
// After work that needed far more memory than what follows, such as loading a model.
SAE_CALL(return_freed_memory, (), malloc_trim(0))
SAE_CALL(set_flush_denormal, (bool flush), flush_denormals = flush ? 1 : 0; generation++; sae::enter_thread())

SAE_CALL(cuda_device_count, (int32_t * count), *count = static_cast<int32_t>(torch::cuda::device_count()))
SAE_CALL(cuda_cudnn_is_available, (bool* available), *available = torch::cuda::cudnn_is_available())
SAE_CALL(cuda_manual_seed, (uint64_t seed), torch::cuda::manual_seed(seed))
SAE_CALL(cuda_manual_seed_all, (uint64_t seed), torch::cuda::manual_seed_all(seed))
SAE_CALL(cuda_synchronize, (int64_t device), torch::cuda::synchronize(device))
SAE_CALL(set_allow_tf32_cublas, (bool allow), at::globalContext().setAllowTF32CuBLAS(allow))
SAE_CALL(get_allow_tf32_cublas, (bool* allow), *allow = at::globalContext().allowTF32CuBLAS())
SAE_CALL(set_allow_tf32_cudnn, (bool allow), at::globalContext().setAllowTF32CuDNN(allow))
SAE_CALL(get_allow_tf32_cudnn, (bool* allow), *allow = at::globalContext().allowTF32CuDNN())

SAE_CALL(manual_seed, (uint64_t seed), at::manual_seed(seed))
SAE_CALL(generator_default, (int32_t device_type, int32_t device_index, at::Generator** result),
    *result = new at::Generator(at::globalContext().defaultGenerator(
        at::Device(static_cast<at::DeviceType>(device_type), static_cast<at::DeviceIndex>(device_index)))))
// A clone of the default generator is the one way to a generator of any device that needs no header of that device.
SAE_CALL(generator_new, (int32_t device_type, int32_t device_index, uint64_t seed, at::Generator** result),
    auto generator = at::globalContext().defaultGenerator(
        at::Device(static_cast<at::DeviceType>(device_type), static_cast<at::DeviceIndex>(device_index))).clone();
    generator.set_current_seed(seed);
    *result = new at::Generator(std::move(generator)))
SAE_CALL(generator_set_seed, (at::Generator * generator, uint64_t seed),
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_current_seed(seed))
SAE_CALL(generator_get_seed, (at::Generator * generator, uint64_t* seed), *seed = generator->current_seed())
SAE_CALL(generator_new_seed, (at::Generator * generator, uint64_t* seed),
    std::lock_guard<std::mutex> lock(generator->mutex());
    *seed = generator->seed())
SAE_CALL(generator_get_state, (at::Generator * generator, Tensor** result), *result = sae::give(generator->get_state()))
SAE_CALL(generator_set_state, (at::Generator * generator, Tensor* state), generator->set_state(*state))
SAE_API void sae_generator_free(at::Generator* generator) { delete generator; }
