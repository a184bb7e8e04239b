// The functions that networks are made of.
#include "common.h"

API Handle ts_linear(Handle input, Handle weight, Handle bias) {
    return make([&] { return at::linear(*input, *weight, optional_tensor(bias)); });
}
API Handle ts_conv2d(Handle input, Handle weight, Handle bias, Dims stride, Dims padding, Dims dilation, int64_t groups) {
    return make([&] {
        return at::conv2d(*input, *weight, optional_tensor(bias), dims_of(stride, 2), dims_of(padding, 2), dims_of(dilation, 2), groups);
    });
}
API Handle ts_conv2d_same(Handle input, Handle weight, Handle bias, Dims stride, Dims dilation, int64_t groups) {
    return make([&] {
        return at::conv2d(*input, *weight, optional_tensor(bias), dims_of(stride, 2), "same", dims_of(dilation, 2), groups);
    });
}
API Handle ts_batch_norm(Handle input, Handle mean, Handle variance, Handle weight, Handle bias, int32_t training, double momentum, double eps) {
    return make([&] {
        return at::batch_norm(*input, optional_tensor(weight), optional_tensor(bias), optional_tensor(mean), optional_tensor(variance),
                              training != 0, momentum, eps, at::globalContext().userEnabledCuDNN());
    });
}
API Handle ts_dropout(Handle input, double p, int32_t training, int32_t in_place) {
    return make([&] { return in_place ? at::dropout_(*input, p, training != 0) : at::dropout(*input, p, training != 0); });
}

API Handle ts_max_pool2d(Handle input, Dims kernel, Dims stride, Dims padding, Dims dilation, int32_t ceil_mode) {
    return make([&] {
        return at::max_pool2d(*input, dims_of(kernel, 2), dims_of(stride, 2), dims_of(padding, 2), dims_of(dilation, 2), ceil_mode != 0);
    });
}
API Handle ts_avg_pool2d(Handle input, Dims kernel, Dims stride, Dims padding, int32_t ceil_mode, int32_t count_padding, int64_t divisor) {
    return make([&] {
        Optional<int64_t> divide_by;
        if (divisor != 0) divide_by = divisor;
        return at::avg_pool2d(*input, dims_of(kernel, 2), dims_of(stride, 2), dims_of(padding, 2), ceil_mode != 0, count_padding != 0, divide_by);
    });
}
API Handle ts_adaptive_avg_pool2d(Handle input, Dims size) { return make([&] { return at::adaptive_avg_pool2d(*input, dims_of(size, 2)); }); }

API Handle ts_cross_entropy(Handle input, Handle target, Handle weight, int64_t ignored, int64_t reduction, double smoothing) {
    return make([&] { return at::cross_entropy_loss(*input, *target, optional_tensor(weight), reduction, ignored, smoothing); });
}

// mode: PaddingModes of the managed side.
API Handle ts_pad(Handle t, Dims padding, int32_t count, int32_t mode, double value) {
    return make([&] {
        const char* name = mode == 1 ? "reflect" : mode == 2 ? "replicate" : mode == 3 ? "circular" : "constant";
        return at::pad(*t, dims_of(padding, count), name, mode == 0 || mode == 4 ? Optional<double>(value) : Optional<double>());
    });
}

// mode: InterpolationMode of the managed side. Sizes are set by the caller; scales only where they are given.
// mode: 0 nearest, 2 bilinear; padding: 0 zeros, 1 reflection, 2 border (the managed side's values).
