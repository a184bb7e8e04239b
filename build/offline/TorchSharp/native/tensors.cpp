// Making tensors, asking about them, random numbers, gradients, devices and threads.
#include "common.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/cuda.h>
#include <torch/csrc/autograd/autograd.h>

#include <mutex>

namespace {
thread_local std::string last_error;
}

void remember_error(const char* text) { last_error = text; }

API const char* ts_error() { return last_error.c_str(); }
API void ts_dispose(Handle t) { delete t; }

// Questions.
API int32_t ts_sizes(Handle t, int64_t* sizes, int32_t room) {
    return static_cast<int32_t>(value_of([&] {
        auto shape = t->sizes();
        if (static_cast<int32_t>(shape.size()) <= room) std::copy(shape.begin(), shape.end(), sizes);
        return shape.size();
    }));
}
API int32_t ts_strides(Handle t, int64_t* strides, int32_t room) {
    return static_cast<int32_t>(value_of([&] {
        auto steps = t->strides();
        if (static_cast<int32_t>(steps.size()) <= room) std::copy(steps.begin(), steps.end(), strides);
        return steps.size();
    }));
}
API int64_t ts_dim(Handle t) { return value_of([&] { return t->dim(); }); }
API int64_t ts_numel(Handle t) { return value_of([&] { return t->numel(); }); }
API int64_t ts_element_size(Handle t) { return value_of([&] { return t->element_size(); }); }
API int64_t ts_dtype(Handle t) { return value_of([&] { return t->scalar_type(); }); }
API int64_t ts_device_type(Handle t) { return value_of([&] { return t->device().type(); }); }
API int32_t ts_device_index(Handle t) { return t->device().index(); }
API int64_t ts_is_contiguous(Handle t) { return value_of([&] { return t->is_contiguous(); }); }
API void* ts_data(Handle t) {
    void* result = nullptr;
    act([&] { result = t->data_ptr(); });
    return result;
}

// Factories. kind: 0 empty, 1 zeros, 2 ones, 3 filled with a number.
API Handle ts_filled(int32_t kind, Dims sizes, int32_t count, Number number, Options options) {
    return make([&] {
        auto shape = dims_of(sizes, count);
        auto with = options_of(options);
        auto made = kind == 0 ? at::empty(shape, with) : kind == 1 ? at::zeros(shape, with) : kind == 2 ? at::ones(shape, with)
                                                                                       : at::full(shape, scalar_of(number), with);
        return finish(made, options);
    });
}
// kind: 0 empty, 1 zeros, 2 ones, 3 filled, 4 uniform, 5 normal.
API Handle ts_like(int32_t kind, Handle t, Number number, Options options) {
    return make([&] {
        auto with = options_of(options);
        auto made = kind == 0 ? at::empty_like(*t, with) : kind == 1 ? at::zeros_like(*t, with) : kind == 2 ? at::ones_like(*t, with)
                  : kind == 3 ? at::full_like(*t, scalar_of(number), with) : kind == 4 ? at::rand_like(*t, with) : at::randn_like(*t, with);
        return finish(made, options);
    });
}
API Handle ts_arange(Number start, Number stop, Number step, Options options) {
    return make([&] { return finish(at::arange(scalar_of(start), scalar_of(stop), scalar_of(step), options_of(options)), options); });
}
// Copies the caller's memory, or (with release) shares it until the last tensor over it dies.
API Handle ts_from_memory(void* data, Dims sizes, int32_t count, int32_t dtype, void (*release)(void*), void* context, Options options) {
    return make([&] {
        auto from = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        auto shape = dims_of(sizes, count);
        auto memory = release ? at::from_blob(data, shape, [release, context](void*) { release(context); }, from) : at::from_blob(data, shape, from);
        auto device = options.device_type >= 0 ? device_of(options.device_type, options.device_index) : c10::Device(c10::kCPU);
        auto to = options.dtype >= 0 ? static_cast<at::ScalarType>(options.dtype) : memory.scalar_type();
        return finish(memory.to(device, to, false, release == nullptr), options);
    });
}

// Random numbers. kind: 0 uniform, 1 normal, 2 integers from low to below high.
API Handle ts_random(int32_t kind, int64_t low, int64_t high, Dims sizes, int32_t count, at::Generator* generator, Options options) {
    return make([&] {
        auto shape = dims_of(sizes, count);
        auto with = options_of(options);
        auto source = generator_of(generator);
        auto made = kind == 0 ? at::rand(shape, source, with) : kind == 1 ? at::randn(shape, source, with) : at::randint(low, high, shape, source, with);
        return finish(made, options);
    });
}
API int ts_uniform_(Handle t, double from, double to, at::Generator* generator) { return act([&] { t->uniform_(from, to, generator_of(generator)); }); }

API at::Generator* ts_generator_default() {
    at::Generator* result = nullptr;
    act([&] { result = new at::Generator(at::globalContext().defaultGenerator(c10::Device(c10::kCPU))); });
    return result;
}
API at::Generator* ts_generator(uint64_t seed, int32_t device_type, int32_t device_index) {
    at::Generator* result = nullptr;
    act([&] {
        if (device_type == 0) {
            result = new at::Generator(at::globalContext().defaultGenerator(c10::Device(c10::kCPU)).clone());
        } else {
            result = new at::Generator(at::globalContext().defaultGenerator(device_of(device_type, device_index)).clone());
        }
        result->set_current_seed(seed);
    });
    return result;
}
API void ts_generator_dispose(at::Generator* generator) { delete generator; }
API Handle ts_generator_state(at::Generator* generator) {
    return make([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        return generator->get_state();
    });
}
API int ts_generator_set_state(at::Generator* generator, Handle state) {
    return act([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_state(*state);
    });
}
API int ts_manual_seed(uint64_t seed) { return act([&] { at::manual_seed(seed); }); }

// Gradients.
API int64_t ts_requires_grad(Handle t) { return value_of([&] { return t->requires_grad(); }); }
API int ts_set_requires_grad(Handle t, int32_t requires_grad) { return act([&] { t->set_requires_grad(requires_grad != 0); }); }
API int64_t ts_has_grad(Handle t) { return value_of([&] { return t->grad().defined(); }); }
API Handle ts_grad(Handle t) { return make([&] { return t->grad(); }); }
API int ts_set_grad(Handle t, Handle gradient) { return act([&] { t->mutable_grad() = tensor_or_none(gradient); }); }
API int ts_backward(const Handle* tensors, int32_t count, const Handle* gradients, int32_t gradient_count, int32_t retain_graph,
                    int32_t create_graph, const Handle* inputs, int32_t input_count) {
    return act([&] {
        torch::autograd::backward(list_of(tensors, count), list_of(gradients, gradient_count), retain_graph != 0, create_graph != 0,
                                  list_of(inputs, input_count));
    });
}
API int32_t ts_grad_enabled() { return c10::GradMode::is_enabled(); }
API void ts_enable_grad(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }
API int32_t ts_inference_enabled() { return c10::InferenceMode::is_enabled(); }
API void* ts_inference_begin(int32_t enabled) {
    void* guard = nullptr;
    act([&] { guard = new c10::InferenceMode(enabled != 0); });
    return guard;
}
API void ts_inference_end(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// Threads and devices.
API int ts_set_num_threads(int32_t threads) { return act([&] { at::set_num_threads(threads); }); }
API int64_t ts_cuda_device_count() { return value_of([] { return torch::cuda::device_count(); }); }
