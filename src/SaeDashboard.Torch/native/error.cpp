// Errors, numbers and lists on their way across the ABI.
#include "shim.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace {
thread_local std::string last_error;
}

namespace sae {

int32_t report() noexcept {
    try {
        try {
            throw;
        } catch (const c10::Error& error) {
            last_error = error.what_without_backtrace();
        } catch (const std::exception& error) {
            last_error = error.what();
        } catch (...) {
            last_error = "an exception of unknown type inside libtorch";
        }
    } catch (...) {
        // Out of memory while copying the message: the status alone must do.
    }
    return 1;
}

at::Scalar scalar(SaeScalar value) {
    switch (value.kind) {
        case 1: return at::Scalar(value.bits);
        case 2: {
            double number;
            std::memcpy(&number, &value.bits, sizeof number);
            return at::Scalar(number);
        }
        case 3: return at::Scalar(value.bits != 0);
        default: throw std::invalid_argument("a number is missing");
    }
}

optional<at::Scalar> optional_scalar(SaeScalar value) {
    return value.kind == 0 ? optional<at::Scalar>() : optional<at::Scalar>(scalar(value));
}

optional<at::ScalarType> optional_type(int32_t type) {
    return type < 0 ? optional<at::ScalarType>() : optional<at::ScalarType>(static_cast<at::ScalarType>(type));
}

std::vector<Tensor> tensors(Tensor* const* items, int32_t count) {
    std::vector<Tensor> list;
    list.reserve(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; i++) list.push_back(*items[i]);
    return list;
}

void give_list(std::vector<Tensor> list, Tensor** results, int32_t capacity, int32_t* count) {
    if (list.size() > static_cast<size_t>(capacity)) throw std::length_error("more tensors came out than were expected");
    *count = static_cast<int32_t>(list.size());
    for (size_t i = 0; i < list.size(); i++) results[i] = give(std::move(list[i]));
}

}  // namespace sae

SAE_API const char* sae_last_error() { return last_error.c_str(); }
