using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The C functions of native/*.cpp, file by file.</summary>
internal static unsafe class Native
{
    private const string Library = "LibTorchSharp";

    // elementwise.cpp
    [DllImport(Library)] internal static extern nint ts_abs(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_neg(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_sign(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_exp(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_expm1(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_log(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_log1p(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_log2(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_sqrt(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_rsqrt(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_square(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_reciprocal(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_sin(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_cos(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_tan(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_asin(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_acos(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_atan(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_atanh(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_tanh(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_sigmoid(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_erf(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_erfinv(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_floor(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_ceil(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_trunc(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_frac(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_relu(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_isnan(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_isinf(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_isfinite(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_logical_not(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_bitwise_not(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_abs_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_neg_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_sign_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_exp_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_log_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_sqrt_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_rsqrt_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_square_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_reciprocal_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_floor_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_tanh_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_sigmoid_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_relu_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_zero_(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_round(TensorHandle t, long decimals);
    [DllImport(Library)] internal static extern int ts_round_(TensorHandle t, long decimals);
    [DllImport(Library)] internal static extern nint ts_mul(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_maximum(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_minimum(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_eq(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_ne(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_lt(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_le(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_gt(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_ge(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_logical_and(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_logical_or(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_logical_xor(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_bitwise_and(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_bitwise_or(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_bitwise_xor(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_pow(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_atan2(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_fmod(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_remainder(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_floor_divide(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern int ts_mul_(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern int ts_pow_(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern int ts_logical_and_(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_mul_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_pow_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_eq_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_ne_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_lt_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_le_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_gt_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_ge_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_fmod_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_remainder_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_floor_divide_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_clamp_min_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_clamp_max_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern int ts_mul_number_(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern int ts_pow_number_(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern int ts_fill_number_(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern int ts_clamp_min_number_(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern int ts_clamp_max_number_(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_add(TensorHandle t, TensorHandle other, Number alpha);
    [DllImport(Library)] internal static extern int ts_add_(TensorHandle t, TensorHandle other, Number alpha);
    [DllImport(Library)] internal static extern nint ts_add_number(TensorHandle t, Number n, Number alpha);
    [DllImport(Library)] internal static extern int ts_add_number_(TensorHandle t, Number n, Number alpha);
    [DllImport(Library)] internal static extern nint ts_sub(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern int ts_sub_(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_sub_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern int ts_sub_number_(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_number_sub(Number n, TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_number_div(Number n, TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_div(TensorHandle t, TensorHandle other, int mode);
    [DllImport(Library)] internal static extern int ts_div_(TensorHandle t, TensorHandle other, int mode);
    [DllImport(Library)] internal static extern nint ts_div_number(TensorHandle t, Number n, int mode);
    [DllImport(Library)] internal static extern int ts_div_number_(TensorHandle t, Number n, int mode);
    [DllImport(Library)] internal static extern nint ts_clamp(TensorHandle t, Number low, Number high);
    [DllImport(Library)] internal static extern int ts_clamp_(TensorHandle t, Number low, Number high);
    [DllImport(Library)] internal static extern nint ts_clamp_tensor(TensorHandle t, TensorHandle low, TensorHandle high);
    [DllImport(Library)] internal static extern int ts_clamp_tensor_(TensorHandle t, TensorHandle low, TensorHandle high);
    [DllImport(Library)] internal static extern nint ts_addcmul(TensorHandle t, TensorHandle a, TensorHandle b, Number n);
    [DllImport(Library)] internal static extern int ts_addcmul_(TensorHandle t, TensorHandle a, TensorHandle b, Number n);
    [DllImport(Library)] internal static extern nint ts_addcdiv(TensorHandle t, TensorHandle a, TensorHandle b, Number n);
    [DllImport(Library)] internal static extern int ts_addcdiv_(TensorHandle t, TensorHandle a, TensorHandle b, Number n);
    [DllImport(Library)] internal static extern nint ts_lerp(TensorHandle t, TensorHandle end, TensorHandle weight);
    [DllImport(Library)] internal static extern int ts_lerp_(TensorHandle t, TensorHandle end, TensorHandle weight);
    [DllImport(Library)] internal static extern nint ts_where(TensorHandle condition, TensorHandle x, TensorHandle y);
    [DllImport(Library)] internal static extern nint ts_masked_fill(TensorHandle t, TensorHandle mask, Number n);
    [DllImport(Library)] internal static extern int ts_masked_fill_(TensorHandle t, TensorHandle mask, Number n);
    [DllImport(Library)] internal static extern nint ts_isclose(TensorHandle t, TensorHandle other, double rtol, double atol, int equal_nan);
    [DllImport(Library)] internal static extern long ts_allclose(TensorHandle t, TensorHandle other, double rtol, double atol, int equal_nan);
    [DllImport(Library)] internal static extern long ts_equal(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_nan_to_num(TensorHandle t, double nan, Number high, Number low);

    // reductions.cpp
    [DllImport(Library)] internal static extern nint ts_max(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_min(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_median(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_any(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_all(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_argmax(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_argmin(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_nonzero(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_any_dim(TensorHandle t, long dim, int keep);
    [DllImport(Library)] internal static extern nint ts_all_dim(TensorHandle t, long dim, int keep);
    [DllImport(Library)] internal static extern nint ts_argmax_dim(TensorHandle t, long dim, int keep);
    [DllImport(Library)] internal static extern nint ts_argmin_dim(TensorHandle t, long dim, int keep);
    [DllImport(Library)] internal static extern nint ts_logsumexp_dim(TensorHandle t, long dim, int keep);
    [DllImport(Library)] internal static extern int ts_max_dim(TensorHandle t, long dim, int keep, out nint values, out nint indices);
    [DllImport(Library)] internal static extern int ts_min_dim(TensorHandle t, long dim, int keep, out nint values, out nint indices);
    [DllImport(Library)] internal static extern nint ts_sum(TensorHandle t, long[] dims, int count, int keep, int dtype);
    [DllImport(Library)] internal static extern nint ts_mean(TensorHandle t, long[] dims, int count, int keep, int dtype);
    [DllImport(Library)] internal static extern nint ts_amax(TensorHandle t, long[] dims, int count, int keep);
    [DllImport(Library)] internal static extern nint ts_amin(TensorHandle t, long[] dims, int count, int keep);
    [DllImport(Library)] internal static extern nint ts_var(TensorHandle t, long[] dims, int count, int unbiased, int keep);
    [DllImport(Library)] internal static extern nint ts_std(TensorHandle t, long[] dims, int count, int unbiased, int keep);
    [DllImport(Library)] internal static extern nint ts_prod(TensorHandle t, int dtype);
    [DllImport(Library)] internal static extern nint ts_prod_dim(TensorHandle t, long dim, int keep, int dtype);
    [DllImport(Library)] internal static extern nint ts_count_nonzero(TensorHandle t, long[] dims, int count);
    [DllImport(Library)] internal static extern nint ts_norm(TensorHandle t, double p);
    [DllImport(Library)] internal static extern nint ts_norm_dim(TensorHandle t, double p, long dim, int keep);
    [DllImport(Library)] internal static extern nint ts_vector_norm(TensorHandle t, double order, long[] dims, int count, int keep);
    [DllImport(Library)] internal static extern nint ts_renorm(TensorHandle t, double p, long dim, double maximum);
    [DllImport(Library)] internal static extern nint ts_cumsum(TensorHandle t, long dim, int dtype);
    [DllImport(Library)] internal static extern nint ts_cumprod(TensorHandle t, long dim, int dtype);
    [DllImport(Library)] internal static extern nint ts_softmax(TensorHandle t, long dim, int dtype);
    [DllImport(Library)] internal static extern nint ts_log_softmax(TensorHandle t, long dim, int dtype);
    [DllImport(Library)] internal static extern nint ts_argsort(TensorHandle t, long dim, int descending);
    [DllImport(Library)] internal static extern nint ts_quantile(TensorHandle t, TensorHandle q, long dim, int keep);
    [DllImport(Library)] internal static extern nint ts_bincount(TensorHandle t, TensorHandle weights, long least);
    [DllImport(Library)] internal static extern int ts_sort(TensorHandle t, long dim, int descending, int stable, out nint values, out nint indices);
    [DllImport(Library)] internal static extern int ts_topk(TensorHandle t, long k, long dim, int largest, int sorted, out nint values, out nint indices);
    [DllImport(Library)] internal static extern int ts_kthvalue(TensorHandle t, long k, long dim, int keep, out nint values, out nint indices);
    [DllImport(Library)] internal static extern nint ts_matmul(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_mm(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_bmm(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_mv(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_dot(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_outer(TensorHandle t, TensorHandle other);

    // shapes.cpp
    [DllImport(Library)] internal static extern nint ts_alias(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_clone(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_detach(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_contiguous(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_t(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_squeeze(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_view(TensorHandle t, long[] dims, int count);
    [DllImport(Library)] internal static extern nint ts_reshape(TensorHandle t, long[] dims, int count);
    [DllImport(Library)] internal static extern nint ts_permute(TensorHandle t, long[] dims, int count);
    [DllImport(Library)] internal static extern nint ts_repeat(TensorHandle t, long[] dims, int count);
    [DllImport(Library)] internal static extern nint ts_flip(TensorHandle t, long[] dims, int count);
    [DllImport(Library)] internal static extern nint ts_tile(TensorHandle t, long[] dims, int count);
    [DllImport(Library)] internal static extern int ts_detach_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_copy_(TensorHandle t, TensorHandle source, int non_blocking);
    [DllImport(Library)] internal static extern int ts_set_(TensorHandle t, TensorHandle source);
    [DllImport(Library)] internal static extern nint ts_to(TensorHandle t, Options options, int copy, int non_blocking);
    [DllImport(Library)] internal static extern nint ts_expand(TensorHandle t, long[] dims, int count, int isImplicit);
    [DllImport(Library)] internal static extern nint ts_transpose(TensorHandle t, long a, long b);
    [DllImport(Library)] internal static extern nint ts_squeeze_dim(TensorHandle t, long dim);
    [DllImport(Library)] internal static extern nint ts_unsqueeze(TensorHandle t, long dim);
    [DllImport(Library)] internal static extern int ts_unsqueeze_(TensorHandle t, long dim);
    [DllImport(Library)] internal static extern nint ts_flatten(TensorHandle t, long start, long end);
    [DllImport(Library)] internal static extern nint ts_unflatten(TensorHandle t, long dim, long[] dims, int count);
    [DllImport(Library)] internal static extern nint ts_narrow(TensorHandle t, long dim, long start, long length);
    [DllImport(Library)] internal static extern nint ts_slice(TensorHandle t, long dim, long start, long finish, long step);
    [DllImport(Library)] internal static extern nint ts_select(TensorHandle t, long dim, long index);
    [DllImport(Library)] internal static extern nint ts_roll(TensorHandle t, long[] shifts, int shift_count, long[] dims, int dim_count);
    [DllImport(Library)] internal static extern nint ts_unfold(TensorHandle t, long dim, long size, long step);
    [DllImport(Library)] internal static extern nint ts_tril(TensorHandle t, long diagonal);
    [DllImport(Library)] internal static extern nint ts_triu(TensorHandle t, long diagonal);
    [DllImport(Library)] internal static extern nint ts_diag(TensorHandle t, long diagonal);
    [DllImport(Library)] internal static extern nint ts_as_strided(TensorHandle t, long[] sizes, long[] strides, int count, long offset);
    [DllImport(Library)] internal static extern nint ts_repeat_interleave(TensorHandle t, TensorHandle repeats, long times, Number dim);
    [DllImport(Library)] internal static extern int ts_split(TensorHandle t, long[] sizes, int count, long dim, out HandleList result);
    [DllImport(Library)] internal static extern int ts_split_size(TensorHandle t, long size, long dim, out HandleList result);
    [DllImport(Library)] internal static extern int ts_chunk(TensorHandle t, long chunks, long dim, out HandleList result);
    [DllImport(Library)] internal static extern int ts_unbind(TensorHandle t, long dim, out HandleList result);
    [DllImport(Library)] internal static extern int ts_where_indices(TensorHandle condition, out HandleList result);
    [DllImport(Library)] internal static extern void ts_free_list(ref HandleList list);
    [DllImport(Library)] internal static extern nint ts_cat(nint[] tensors, int count, long dim);
    [DllImport(Library)] internal static extern nint ts_stack(nint[] tensors, int count, long dim);
    [DllImport(Library)] internal static extern nint ts_gather(TensorHandle t, long dim, TensorHandle index);
    [DllImport(Library)] internal static extern nint ts_take_along_dim(TensorHandle t, TensorHandle index, long dim);
    [DllImport(Library)] internal static extern nint ts_take(TensorHandle t, TensorHandle index);
    [DllImport(Library)] internal static extern nint ts_index_select(TensorHandle t, long dim, TensorHandle index);
    [DllImport(Library)] internal static extern nint ts_masked_select(TensorHandle t, TensorHandle mask);
    [DllImport(Library)] internal static extern nint ts_scatter(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern int ts_scatter_(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern nint ts_scatter_add(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern int ts_scatter_add_(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern int ts_index_add_(TensorHandle t, long dim, TensorHandle index, TensorHandle source, Number alpha);
    [DllImport(Library)] internal static extern nint ts_index_copy(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern int ts_index_copy_(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern nint ts_index(TensorHandle t, NativeIndex[] indices, int count);
    [DllImport(Library)] internal static extern int ts_index_put_(TensorHandle t, NativeIndex[] indices, int count, TensorHandle value);
    [DllImport(Library)] internal static extern int ts_index_put_number_(TensorHandle t, NativeIndex[] indices, int count, Number value);

    // network.cpp
    [DllImport(Library)] internal static extern nint ts_linear(TensorHandle input, TensorHandle weight, TensorHandle bias);
    [DllImport(Library)] internal static extern nint ts_conv2d(TensorHandle input, TensorHandle weight, TensorHandle bias, long[] stride, long[] padding, long[] dilation, long groups);
    [DllImport(Library)] internal static extern nint ts_conv2d_same(TensorHandle input, TensorHandle weight, TensorHandle bias, long[] stride, long[] dilation, long groups);
    [DllImport(Library)] internal static extern nint ts_batch_norm(TensorHandle input, TensorHandle mean, TensorHandle variance, TensorHandle weight, TensorHandle bias, int training, double momentum, double eps);
    [DllImport(Library)] internal static extern nint ts_layer_norm(TensorHandle input, long[] shape, int count, TensorHandle weight, TensorHandle bias, double eps);
    [DllImport(Library)] internal static extern nint ts_group_norm(TensorHandle input, long groups, TensorHandle weight, TensorHandle bias, double eps);
    [DllImport(Library)] internal static extern nint ts_dropout(TensorHandle input, double p, int training, int in_place);
    [DllImport(Library)] internal static extern nint ts_max_pool2d(TensorHandle input, long[] kernel, long[] stride, long[] padding, long[] dilation, int ceil_mode);
    [DllImport(Library)] internal static extern nint ts_avg_pool2d(TensorHandle input, long[] kernel, long[] stride, long[] padding, int ceil_mode, int count_padding, long divisor);
    [DllImport(Library)] internal static extern nint ts_adaptive_avg_pool2d(TensorHandle input, long[] size);
    [DllImport(Library)] internal static extern nint ts_leaky_relu(TensorHandle input, double slope);
    [DllImport(Library)] internal static extern nint ts_elu(TensorHandle input, double alpha);
    [DllImport(Library)] internal static extern nint ts_gelu(TensorHandle input);
    [DllImport(Library)] internal static extern nint ts_silu(TensorHandle input);
    [DllImport(Library)] internal static extern nint ts_softplus(TensorHandle input, double beta, double threshold);
    [DllImport(Library)] internal static extern nint ts_cross_entropy(TensorHandle input, TensorHandle target, TensorHandle weight, long ignored, long reduction, double smoothing);
    [DllImport(Library)] internal static extern nint ts_nll_loss(TensorHandle input, TensorHandle target, TensorHandle weight, long reduction);
    [DllImport(Library)] internal static extern nint ts_kl_div(TensorHandle input, TensorHandle target, int log_target, long reduction);
    [DllImport(Library)] internal static extern nint ts_mse_loss(TensorHandle input, TensorHandle target, long reduction);
    [DllImport(Library)] internal static extern nint ts_l1_loss(TensorHandle input, TensorHandle target, long reduction);
    [DllImport(Library)] internal static extern nint ts_binary_cross_entropy_with_logits(TensorHandle input, TensorHandle target, TensorHandle weight, TensorHandle positive, long reduction);
    [DllImport(Library)] internal static extern nint ts_one_hot(TensorHandle t, long classes);
    [DllImport(Library)] internal static extern nint ts_pad(TensorHandle t, long[] padding, int count, int mode, double value);
    [DllImport(Library)] internal static extern nint ts_interpolate(TensorHandle t, long[] size, int mode, int align_corners, double scale_height, double scale_width);
    [DllImport(Library)] internal static extern nint ts_grid_sample(TensorHandle t, TensorHandle grid, int mode, int padding, int align_corners);
    [DllImport(Library)] internal static extern nint ts_affine_grid(TensorHandle theta, long[] size, int count, int align_corners);
    [DllImport(Library)] internal static extern nint ts_im2col(TensorHandle t, long[] kernel, long[] dilation, long[] padding, long[] stride);

    // tensors.cpp
    [DllImport(Library)] internal static extern nint ts_error();
    [DllImport(Library)] internal static extern void ts_dispose(nint t);
    [DllImport(Library)] internal static extern int ts_sizes(TensorHandle t, long* sizes, int room);
    [DllImport(Library)] internal static extern int ts_strides(TensorHandle t, long* strides, int room);
    [DllImport(Library)] internal static extern long ts_dim(TensorHandle t);
    [DllImport(Library)] internal static extern long ts_numel(TensorHandle t);
    [DllImport(Library)] internal static extern long ts_element_size(TensorHandle t);
    [DllImport(Library)] internal static extern long ts_dtype(TensorHandle t);
    [DllImport(Library)] internal static extern long ts_device_type(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_device_index(TensorHandle t);
    [DllImport(Library)] internal static extern long ts_is_contiguous(TensorHandle t);
    [DllImport(Library)] internal static extern long ts_is_leaf(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_data(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_item(TensorHandle t, out Number result);
    [DllImport(Library)] internal static extern nint ts_filled(int kind, long[] sizes, int count, Number number, Options options);
    [DllImport(Library)] internal static extern nint ts_like(int kind, TensorHandle t, Number number, Options options);
    [DllImport(Library)] internal static extern nint ts_arange(Number start, Number stop, Number step, Options options);
    [DllImport(Library)] internal static extern nint ts_linspace(double start, double stop, long steps, Options options);
    [DllImport(Library)] internal static extern nint ts_eye(long rows, long columns, Options options);
    [DllImport(Library)] internal static extern nint ts_from_memory(nint data, long[] sizes, int count, int dtype, nint release, nint context, Options options);
    [DllImport(Library)] internal static extern nint ts_random(int kind, long low, long high, long[] sizes, int count, GeneratorHandle generator, Options options);
    [DllImport(Library)] internal static extern nint ts_randperm(long n, GeneratorHandle generator, Options options);
    [DllImport(Library)] internal static extern nint ts_bernoulli(TensorHandle t, GeneratorHandle generator);
    [DllImport(Library)] internal static extern nint ts_multinomial(TensorHandle t, long samples, int replacement, GeneratorHandle generator);
    [DllImport(Library)] internal static extern int ts_uniform_(TensorHandle t, double from, double to, GeneratorHandle generator);
    [DllImport(Library)] internal static extern int ts_normal_(TensorHandle t, double mean, double std, GeneratorHandle generator);
    [DllImport(Library)] internal static extern int ts_bernoulli_(TensorHandle t, double p, GeneratorHandle generator);
    [DllImport(Library)] internal static extern nint ts_generator_default();
    [DllImport(Library)] internal static extern nint ts_generator(ulong seed, int device_type, int device_index);
    [DllImport(Library)] internal static extern void ts_generator_dispose(nint generator);
    [DllImport(Library)] internal static extern int ts_generator_seed(GeneratorHandle generator, ulong seed);
    [DllImport(Library)] internal static extern long ts_generator_initial_seed(GeneratorHandle generator);
    [DllImport(Library)] internal static extern nint ts_generator_state(GeneratorHandle generator);
    [DllImport(Library)] internal static extern int ts_generator_set_state(GeneratorHandle generator, TensorHandle state);
    [DllImport(Library)] internal static extern int ts_manual_seed(ulong seed);
    [DllImport(Library)] internal static extern long ts_requires_grad(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_set_requires_grad(TensorHandle t, int requires_grad);
    [DllImport(Library)] internal static extern int ts_retain_grad(TensorHandle t);
    [DllImport(Library)] internal static extern long ts_has_grad(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_grad(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_set_grad(TensorHandle t, TensorHandle gradient);
    [DllImport(Library)] internal static extern int ts_backward(nint[] tensors, int count, nint[] gradients, int gradient_count, int retain_graph, int create_graph, nint[] inputs, int input_count);
    [DllImport(Library)] internal static extern int ts_autograd_grad(nint[] outputs, int count, nint[] inputs, int input_count, nint[] gradients, int gradient_count, int retain_graph, int create_graph, int allow_unused, out HandleList result);
    [DllImport(Library)] internal static extern int ts_grad_enabled();
    [DllImport(Library)] internal static extern void ts_enable_grad(int enabled);
    [DllImport(Library)] internal static extern int ts_inference_enabled();
    [DllImport(Library)] internal static extern nint ts_inference_begin(int enabled);
    [DllImport(Library)] internal static extern void ts_inference_end(nint guard);
    [DllImport(Library)] internal static extern int ts_set_num_threads(int threads);
    [DllImport(Library)] internal static extern int ts_get_num_threads();
    [DllImport(Library)] internal static extern int ts_set_num_interop_threads(int threads);
    [DllImport(Library)] internal static extern int ts_get_num_interop_threads();
    [DllImport(Library)] internal static extern long ts_cuda_device_count();
    [DllImport(Library)] internal static extern int ts_cuda_synchronize(int index);

    /// <summary>A new tensor over what a call returned.</summary>
    internal static torch.Tensor Made(nint native) => native != 0 ? new torch.Tensor(native) : throw Failure();

    internal static void Done(int succeeded)
    {
        if (succeeded == 0)
            throw Failure();
    }

    internal static long Known(long value) => value >= 0 ? value : throw Failure();

    internal static (torch.Tensor, torch.Tensor) Pair(int succeeded, nint first, nint second)
    {
        Done(succeeded);
        return (new torch.Tensor(first), new torch.Tensor(second));
    }

    /// <summary>The tensors of a list; an undefined one becomes a tensor with an empty handle.</summary>
    internal static torch.Tensor[] Several(int succeeded, HandleList list)
    {
        Done(succeeded);
        var tensors = new torch.Tensor[list.Count];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = new torch.Tensor(list.Items[i]);
        ts_free_list(ref list);
        return tensors;
    }

    internal static ExternalException Failure() => new(Marshal.PtrToStringUTF8(ts_error()));

    internal static int Bit(bool value) => value ? 1 : 0;

    /// <summary>The native pointers of tensors; the caller keeps the tensors alive.</summary>
    internal static nint[] Pointers(IEnumerable<torch.Tensor> tensors) => tensors.Select(tensor => tensor.Handle).ToArray();
}
