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
    [DllImport(Library)] internal static extern nint ts_log(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_sqrt(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_square(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_sin(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_floor(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_relu(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_isinf(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_isfinite(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_logical_not(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_abs_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_neg_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_sign_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_sqrt_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_reciprocal_(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_floor_(TensorHandle t);
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
    [DllImport(Library)] internal static extern int ts_mul_(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern int ts_logical_and_(TensorHandle t, TensorHandle other);
    [DllImport(Library)] internal static extern nint ts_mul_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_pow_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_eq_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_ne_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_lt_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_le_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_gt_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_ge_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_remainder_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_clamp_min_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern nint ts_clamp_max_number(TensorHandle t, Number n);
    [DllImport(Library)] internal static extern int ts_mul_number_(TensorHandle t, Number n);
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
    [DllImport(Library)] internal static extern nint ts_div(TensorHandle t, TensorHandle other, int mode);
    [DllImport(Library)] internal static extern int ts_div_(TensorHandle t, TensorHandle other, int mode);
    [DllImport(Library)] internal static extern nint ts_div_number(TensorHandle t, Number n, int mode);
    [DllImport(Library)] internal static extern int ts_div_number_(TensorHandle t, Number n, int mode);
    [DllImport(Library)] internal static extern nint ts_clamp(TensorHandle t, Number low, Number high);
    [DllImport(Library)] internal static extern int ts_clamp_(TensorHandle t, Number low, Number high);
    [DllImport(Library)] internal static extern int ts_addcmul_(TensorHandle t, TensorHandle a, TensorHandle b, Number n);
    [DllImport(Library)] internal static extern int ts_addcdiv_(TensorHandle t, TensorHandle a, TensorHandle b, Number n);
    [DllImport(Library)] internal static extern nint ts_where(TensorHandle condition, TensorHandle x, TensorHandle y);
    [DllImport(Library)] internal static extern int ts_masked_fill_(TensorHandle t, TensorHandle mask, Number n);
    [DllImport(Library)] internal static extern long ts_allclose(TensorHandle t, TensorHandle other, double rtol, double atol, int equal_nan);
    [DllImport(Library)] internal static extern long ts_equal(TensorHandle t, TensorHandle other);

    // reductions.cpp
    [DllImport(Library)] internal static extern nint ts_max(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_min(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_any(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_all(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_argmax(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_nonzero(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_all_dim(TensorHandle t, long dim, int keep);
    [DllImport(Library)] internal static extern nint ts_argmax_dim(TensorHandle t, long dim, int keep);
    [DllImport(Library)] internal static extern nint ts_argmin_dim(TensorHandle t, long dim, int keep);
    [DllImport(Library)] internal static extern int ts_max_dim(TensorHandle t, long dim, int keep, out nint values, out nint indices);
    [DllImport(Library)] internal static extern nint ts_sum(TensorHandle t, long[] dims, int count, int keep, int dtype);
    [DllImport(Library)] internal static extern nint ts_mean(TensorHandle t, long[] dims, int count, int keep, int dtype);
    [DllImport(Library)] internal static extern nint ts_amax(TensorHandle t, long[] dims, int count, int keep);
    [DllImport(Library)] internal static extern nint ts_norm(TensorHandle t, double p);
    [DllImport(Library)] internal static extern nint ts_cumsum(TensorHandle t, long dim, int dtype);
    [DllImport(Library)] internal static extern nint ts_softmax(TensorHandle t, long dim, int dtype);
    [DllImport(Library)] internal static extern nint ts_log_softmax(TensorHandle t, long dim, int dtype);
    [DllImport(Library)] internal static extern int ts_sort(TensorHandle t, long dim, int descending, int stable, out nint values, out nint indices);
    [DllImport(Library)] internal static extern int ts_topk(TensorHandle t, long k, long dim, int largest, int sorted, out nint values, out nint indices);
    [DllImport(Library)] internal static extern int ts_linalg_eigh(TensorHandle t, int part, out nint values, out nint vectors);
    [DllImport(Library)] internal static extern nint ts_matmul(TensorHandle t, TensorHandle other);

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
    [DllImport(Library)] internal static extern int ts_copy_(TensorHandle t, TensorHandle source, int non_blocking);
    [DllImport(Library)] internal static extern nint ts_to(TensorHandle t, Options options, int copy, int non_blocking);
    [DllImport(Library)] internal static extern nint ts_expand(TensorHandle t, long[] dims, int count, int isImplicit);
    [DllImport(Library)] internal static extern nint ts_transpose(TensorHandle t, long a, long b);
    [DllImport(Library)] internal static extern nint ts_squeeze_dim(TensorHandle t, long dim);
    [DllImport(Library)] internal static extern nint ts_unsqueeze(TensorHandle t, long dim);
    [DllImport(Library)] internal static extern nint ts_flatten(TensorHandle t, long start, long end);
    [DllImport(Library)] internal static extern nint ts_narrow(TensorHandle t, long dim, long start, long length);
    [DllImport(Library)] internal static extern nint ts_select(TensorHandle t, long dim, long index);
    [DllImport(Library)] internal static extern nint ts_as_strided(TensorHandle t, long[] sizes, long[] strides, int count, long offset);
    [DllImport(Library)] internal static extern nint ts_cat(nint[] tensors, int count, long dim);
    [DllImport(Library)] internal static extern nint ts_stack(nint[] tensors, int count, long dim);
    [DllImport(Library)] internal static extern nint ts_gather(TensorHandle t, long dim, TensorHandle index);
    [DllImport(Library)] internal static extern nint ts_index_select(TensorHandle t, long dim, TensorHandle index);
    [DllImport(Library)] internal static extern nint ts_masked_select(TensorHandle t, TensorHandle mask);
    [DllImport(Library)] internal static extern nint ts_scatter(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern int ts_scatter_(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern nint ts_index_copy(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern int ts_index_copy_(TensorHandle t, long dim, TensorHandle index, TensorHandle source);
    [DllImport(Library)] internal static extern nint ts_index(TensorHandle t, NativeIndex[] indices, int count);
    [DllImport(Library)] internal static extern int ts_index_put_(TensorHandle t, NativeIndex[] indices, int count, TensorHandle value);

    // network.cpp
    [DllImport(Library)] internal static extern nint ts_linear(TensorHandle input, TensorHandle weight, TensorHandle bias);
    [DllImport(Library)] internal static extern nint ts_conv2d(TensorHandle input, TensorHandle weight, TensorHandle bias, long[] stride, long[] padding, long[] dilation, long groups);
    [DllImport(Library)] internal static extern nint ts_conv2d_same(TensorHandle input, TensorHandle weight, TensorHandle bias, long[] stride, long[] dilation, long groups);
    [DllImport(Library)] internal static extern nint ts_batch_norm(TensorHandle input, TensorHandle mean, TensorHandle variance, TensorHandle weight, TensorHandle bias, int training, double momentum, double eps);
    [DllImport(Library)] internal static extern nint ts_dropout(TensorHandle input, double p, int training, int in_place);
    [DllImport(Library)] internal static extern nint ts_max_pool2d(TensorHandle input, long[] kernel, long[] stride, long[] padding, long[] dilation, int ceil_mode);
    [DllImport(Library)] internal static extern nint ts_avg_pool2d(TensorHandle input, long[] kernel, long[] stride, long[] padding, int ceil_mode, int count_padding, long divisor);
    [DllImport(Library)] internal static extern nint ts_adaptive_avg_pool2d(TensorHandle input, long[] size);
    [DllImport(Library)] internal static extern nint ts_cross_entropy(TensorHandle input, TensorHandle target, TensorHandle weight, long ignored, long reduction, double smoothing);
    [DllImport(Library)] internal static extern nint ts_pad(TensorHandle t, long[] padding, int count, int mode, double value);

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
    [DllImport(Library)] internal static extern nint ts_data(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_filled(int kind, long[] sizes, int count, Number number, Options options);
    [DllImport(Library)] internal static extern nint ts_like(int kind, TensorHandle t, Number number, Options options);
    [DllImport(Library)] internal static extern nint ts_arange(Number start, Number stop, Number step, Options options);
    [DllImport(Library)] internal static extern nint ts_from_memory(nint data, long[] sizes, int count, int dtype, nint release, nint context, Options options);
    [DllImport(Library)] internal static extern nint ts_random(int kind, long low, long high, long[] sizes, int count, GeneratorHandle generator, Options options);
    [DllImport(Library)] internal static extern int ts_uniform_(TensorHandle t, double from, double to, GeneratorHandle generator);
    [DllImport(Library)] internal static extern nint ts_generator_default();
    [DllImport(Library)] internal static extern nint ts_generator(ulong seed, int device_type, int device_index);
    [DllImport(Library)] internal static extern void ts_generator_dispose(nint generator);
    [DllImport(Library)] internal static extern nint ts_generator_state(GeneratorHandle generator);
    [DllImport(Library)] internal static extern int ts_generator_set_state(GeneratorHandle generator, TensorHandle state);
    [DllImport(Library)] internal static extern int ts_manual_seed(ulong seed);
    [DllImport(Library)] internal static extern long ts_requires_grad(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_set_requires_grad(TensorHandle t, int requires_grad);
    [DllImport(Library)] internal static extern long ts_has_grad(TensorHandle t);
    [DllImport(Library)] internal static extern nint ts_grad(TensorHandle t);
    [DllImport(Library)] internal static extern int ts_set_grad(TensorHandle t, TensorHandle gradient);
    [DllImport(Library)] internal static extern int ts_backward(nint[] tensors, int count, nint[] gradients, int gradient_count, int retain_graph, int create_graph, nint[] inputs, int input_count);
    [DllImport(Library)] internal static extern int ts_grad_enabled();
    [DllImport(Library)] internal static extern void ts_enable_grad(int enabled);
    [DllImport(Library)] internal static extern int ts_inference_enabled();
    [DllImport(Library)] internal static extern nint ts_inference_begin(int enabled);
    [DllImport(Library)] internal static extern void ts_inference_end(nint guard);
    [DllImport(Library)] internal static extern int ts_set_num_threads(int threads);
    [DllImport(Library)] internal static extern long ts_cuda_device_count();

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

    internal static ExternalException Failure() => new(Marshal.PtrToStringUTF8(ts_error()));

    internal static int Bit(bool value) => value ? 1 : 0;

    /// <summary>The native pointers of tensors; the caller keeps the tensors alive.</summary>
    internal static nint[] Pointers(IEnumerable<torch.Tensor> tensors) => tensors.Select(tensor => tensor.Handle).ToArray();
}
