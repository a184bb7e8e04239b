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
API Handle ts_layer_norm(Handle input, Dims shape, int32_t count, Handle weight, Handle bias, double eps) {
    return make([&] { return at::layer_norm(*input, dims_of(shape, count), optional_tensor(weight), optional_tensor(bias), eps); });
}
API Handle ts_group_norm(Handle input, int64_t groups, Handle weight, Handle bias, double eps) {
    return make([&] { return at::group_norm(*input, groups, optional_tensor(weight), optional_tensor(bias), eps); });
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

API Handle ts_leaky_relu(Handle input, double slope) { return make([&] { return at::leaky_relu(*input, slope); }); }
API Handle ts_elu(Handle input, double alpha) { return make([&] { return at::elu(*input, alpha); }); }
API Handle ts_gelu(Handle input) { return make([&] { return at::gelu(*input); }); }
API Handle ts_silu(Handle input) { return make([&] { return at::silu(*input); }); }
API Handle ts_softplus(Handle input, double beta, double threshold) { return make([&] { return at::softplus(*input, beta, threshold); }); }

API Handle ts_cross_entropy(Handle input, Handle target, Handle weight, int64_t ignored, int64_t reduction, double smoothing) {
    return make([&] { return at::cross_entropy_loss(*input, *target, optional_tensor(weight), reduction, ignored, smoothing); });
}
API Handle ts_nll_loss(Handle input, Handle target, Handle weight, int64_t reduction) {
    return make([&] { return at::nll_loss_nd(*input, *target, optional_tensor(weight), reduction); });
}
API Handle ts_kl_div(Handle input, Handle target, int32_t log_target, int64_t reduction) {
    return make([&] { return at::kl_div(*input, *target, reduction, log_target != 0); });
}
API Handle ts_mse_loss(Handle input, Handle target, int64_t reduction) { return make([&] { return at::mse_loss(*input, *target, reduction); }); }
API Handle ts_l1_loss(Handle input, Handle target, int64_t reduction) { return make([&] { return at::l1_loss(*input, *target, reduction); }); }
API Handle ts_binary_cross_entropy_with_logits(Handle input, Handle target, Handle weight, Handle positive, int64_t reduction) {
    return make([&] {
        return at::binary_cross_entropy_with_logits(*input, *target, optional_tensor(weight), optional_tensor(positive), reduction);
    });
}
API Handle ts_one_hot(Handle t, int64_t classes) { return make([&] { return at::one_hot(*t, classes); }); }

// mode: PaddingModes of the managed side.
API Handle ts_pad(Handle t, Dims padding, int32_t count, int32_t mode, double value) {
    return make([&] {
        const char* name = mode == 1 ? "reflect" : mode == 2 ? "replicate" : mode == 3 ? "circular" : "constant";
        return at::pad(*t, dims_of(padding, count), name, mode == 0 || mode == 4 ? Optional<double>(value) : Optional<double>());
    });
}

// mode: InterpolationMode of the managed side. Sizes are set by the caller; scales only where they are given.
API Handle ts_interpolate(Handle t, Dims size, int32_t mode, int32_t align_corners, double scale_height, double scale_width) {
    return make([&] {
        Optional<double> height, width;
        if (scale_height > 0) height = scale_height;
        if (scale_width > 0) width = scale_width;
        auto to = dims_of(size, 2);
        switch (mode) {
            case 0: return at::upsample_nearest2d(*t, to, height, width);
            case 2: return at::upsample_bilinear2d(*t, to, align_corners != 0, height, width);
            case 3: return at::upsample_bicubic2d(*t, to, align_corners != 0, height, width);
            case 5: return at::adaptive_avg_pool2d(*t, to);
            default: throw std::runtime_error("interpolate of four-dimensional tensors knows the modes nearest, bilinear, bicubic and area");
        }
    });
}
// mode: 0 nearest, 2 bilinear; padding: 0 zeros, 1 reflection, 2 border (the managed side's values).
API Handle ts_grid_sample(Handle t, Handle grid, int32_t mode, int32_t padding, int32_t align_corners) {
    return make([&] {
        int64_t interpolation = mode == 0 ? 1 : 0, outside = padding == 1 ? 2 : padding == 2 ? 1 : 0;
        return at::grid_sampler(*t, *grid, interpolation, outside, align_corners != 0);
    });
}
API Handle ts_affine_grid(Handle theta, Dims size, int32_t count, int32_t align_corners) {
    return make([&] { return at::affine_grid_generator(*theta, dims_of(size, count), align_corners != 0); });
}
API Handle ts_im2col(Handle t, Dims kernel, Dims dilation, Dims padding, Dims stride) {
    return make([&] { return at::im2col(*t, dims_of(kernel, 2), dims_of(dilation, 2), dims_of(padding, 2), dims_of(stride, 2)); });
}
