// What the files of this library share: how a call is guarded, and the plain C types that cross the boundary.
// A handle is a heap-allocated at::Tensor. A function that makes a tensor returns its handle, or null after an error;
// a function that only acts returns 1, or 0 after an error. ts_error() gives the text of the calling thread's last error.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstring>
#include <exception>
#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))

using at::Tensor;
using Handle = Tensor*;
using Dims = const int64_t*;

// c10::optional became std::optional on the way from libtorch 1.13 to 2.x.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
template <class T> using Optional = std::optional<T>;
#else
template <class T> using Optional = c10::optional<T>;
#endif

void remember_error(const char* text);

template <class Body> Handle make(Body body) {
    try {
        return new Tensor(body());
    } catch (const std::exception& error) {
        remember_error(error.what());
    } catch (...) {
        remember_error("unknown error in libtorch");
    }
    return nullptr;
}

template <class Body> int act(Body body) {
    try {
        body();
        return 1;
    } catch (const std::exception& error) {
        remember_error(error.what());
    } catch (...) {
        remember_error("unknown error in libtorch");
    }
    return 0;
}

// A value that a getter computes; -1 after an error.
template <class Body> int64_t value_of(Body body) {
    int64_t result = -1;
    act([&] { result = static_cast<int64_t>(body()); });
    return result;
}

// A scalar: kind -1 is none, 0 a double, 1 an int64 and 2 a bool whose bits travel in the double.
struct Number {
    int32_t kind;
    double bits;
};

inline int64_t integer_of(Number number) {
    int64_t result;
    std::memcpy(&result, &number.bits, sizeof result);
    return result;
}

inline at::Scalar scalar_of(Number number) {
    switch (number.kind) {
        case 1: return at::Scalar(integer_of(number));
        case 2: return at::Scalar(integer_of(number) != 0);
        default: return at::Scalar(number.bits);
    }
}

inline Optional<at::Scalar> optional_scalar(Number number) {
    if (number.kind < 0) return {};
    return scalar_of(number);
}

// Where and as what a tensor is made; -1 leaves a field to libtorch.
struct Options {
    int32_t dtype;
    int32_t device_type;
    int32_t device_index;
    int32_t requires_grad;
};

inline c10::Device device_of(int32_t type, int32_t index) {
    return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

inline at::TensorOptions options_of(Options options) {
    at::TensorOptions result;
    if (options.dtype >= 0) result = result.dtype(static_cast<at::ScalarType>(options.dtype));
    if (options.device_type >= 0) result = result.device(device_of(options.device_type, options.device_index));
    return result;
}

inline Tensor finish(Tensor made, Options options) {
    if (options.requires_grad > 0) made.set_requires_grad(true);
    return made;
}

inline Optional<at::ScalarType> type_of(int32_t dtype) {
    if (dtype < 0) return {};
    return static_cast<at::ScalarType>(dtype);
}

inline at::IntArrayRef dims_of(Dims dims, int32_t count) { return at::IntArrayRef(dims, count); }

inline Tensor tensor_or_none(Handle handle) { return handle ? *handle : Tensor(); }

inline Optional<Tensor> optional_tensor(Handle handle) {
    if (!handle) return {};
    return *handle;
}

inline std::vector<Tensor> list_of(const Handle* handles, int32_t count) {
    std::vector<Tensor> result;
    result.reserve(count);
    for (int32_t i = 0; i < count; i++) result.push_back(tensor_or_none(handles[i]));
    return result;
}

inline Optional<at::Generator> generator_of(at::Generator* generator) {
    if (!generator) return {};
    return *generator;
}

// Several results: an array that ts_free_list releases; an undefined tensor is a null handle.
struct HandleList {
    Handle* items;
    int32_t count;
};

inline void hand_over(const std::vector<Tensor>& tensors, HandleList* result) {
    result->count = static_cast<int32_t>(tensors.size());
    result->items = new Handle[tensors.size()];
    for (size_t i = 0; i < tensors.size(); i++) result->items[i] = tensors[i].defined() ? new Tensor(tensors[i]) : nullptr;
}

inline void hand_over(Tensor first, Tensor second, Handle* second_result, Handle* first_result) {
    *second_result = new Tensor(std::move(second));
    *first_result = new Tensor(std::move(first));
}
