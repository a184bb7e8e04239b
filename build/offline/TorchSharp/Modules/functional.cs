using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_().alias() : x.relu();

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) => Made(ts_leaky_relu(input.Own, negative_slope));

            public static Tensor gelu(Tensor x) => Made(ts_gelu(x.Own));

            public static Tensor silu(Tensor x, bool inplace = false) => Made(ts_silu(x.Own));

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => Made(ts_softplus(x.Own, beta, threshold));

            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_().alias() : x.tanh();

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) => Made(ts_dropout(input.Own, p, Bit(training), Bit(inplace)));

            public static Tensor linear(Tensor input, Tensor weights, Tensor bias = null) => Made(ts_linear(input.Own, weights.Own, Tensor.Optional(bias)));

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor bias = null, long[] strides = null, long[] padding = null, long[] dilation = null, long groups = 1) =>
                Made(ts_conv2d(input.Own, weight.Own, Tensor.Optional(bias), strides ?? Both(1), padding ?? Both(0), dilation ?? Both(1), groups));

            public static Tensor batch_norm(Tensor input, Tensor running_mean, Tensor running_var, Tensor weight = null, Tensor bias = null, bool training = false, double momentum = 0.1, double eps = 1E-05) =>
                Made(ts_batch_norm(input.Own, Tensor.Optional(running_mean), Tensor.Optional(running_var), Tensor.Optional(weight), Tensor.Optional(bias), Bit(training), momentum, eps));

            public static Tensor max_pool2d(Tensor input, long[] kernelSize, long[] strides = null, long[] padding = null, long[] dilation = null, bool ceil_mode = false) =>
                Made(ts_max_pool2d(input.Own, kernelSize, strides ?? kernelSize, padding ?? Both(0), dilation ?? Both(1), Bit(ceil_mode)));

            public static Tensor max_pool2d(Tensor input, long kernelSize, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
                max_pool2d(input, Both(kernelSize), Both(stride ?? kernelSize), Both(padding ?? 0), Both(dilation ?? 1), ceil_mode);

            public static Tensor avg_pool2d(Tensor input, long[] kernelSizes, long[] strides = null, long[] paddings = null, bool ceil_mode = false, bool count_include_pad = true) =>
                Average(input, kernelSizes, strides ?? kernelSizes, paddings ?? Both(0), ceil_mode, count_include_pad, 0);

            public static Tensor avg_pool2d(Tensor input, long kernelSize, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true) =>
                Average(input, Both(kernelSize), Both(stride ?? kernelSize), Both(padding), ceil_mode, count_include_pad, 0);

            public static Tensor adaptive_avg_pool2d(Tensor input, long output_size) => adaptive_avg_pool2d(input, Both(output_size));

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size) => Made(ts_adaptive_avg_pool2d(input.Own, output_size));

            public static Tensor one_hot(Tensor x, long num_classes = -1) => Made(ts_one_hot(x.Own, num_classes));

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                Made(ts_pad(input.Own, pad, pad.Length, (int)mode, value));

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            public static Tensor grid_sample(Tensor input, Tensor grid, GridSampleMode mode = GridSampleMode.Bilinear, GridSamplePaddingMode padding_mode = GridSamplePaddingMode.Zeros, bool? align_corners = null) =>
                Made(ts_grid_sample(input.Own, grid.Own, (int)mode, (int)padding_mode, Bit(align_corners ?? false)));

            public static Tensor affine_grid(Tensor theta, long[] size = null, bool align_corners = false) =>
                Made(ts_affine_grid(theta.Own, size, size.Length, Bit(align_corners)));

            public static Tensor unfold(Tensor input, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) =>
                Made(ts_im2col(input.Own, Both(kernel_size), Both(dilation), Both(padding), Both(stride)));

            public static Tensor interpolate(Tensor x, long[] size = null, double[] scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false)
            {
                if ((size is null) == (scale_factor is null))
                    throw new ArgumentException("Either size or scale_factor must be given, and not both.");
                var shape = x.shape;
                size ??= [(long)Math.Floor(shape[2] * scale_factor[0]), (long)Math.Floor(shape[3] * scale_factor[^1])];
                var scales = recompute_scale_factor ? null : scale_factor;
                return Made(ts_interpolate(x.Own, size, (int)mode, Bit(align_corners ?? false), scales?[0] ?? 0, scales?[^1] ?? 0));
            }

            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Made(ts_cross_entropy(input.Own, target.Own, Tensor.Optional(weight), ignore_index, (long)reduction, label_smoothing));

            public static Tensor nll_loss(Tensor input, Tensor target, Tensor weight = null, Reduction reduction = Reduction.Mean) =>
                Made(ts_nll_loss(input.Own, target.Own, Tensor.Optional(weight), (long)reduction));

            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                Made(ts_kl_div(input.Own, target.Own, Bit(log_target), (long)reduction));

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Made(ts_mse_loss(input.Own, target.Own, (long)reduction));

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor weight = null, Reduction reduction = Reduction.Mean, Tensor pos_weights = null) =>
                Made(ts_binary_cross_entropy_with_logits(input.Own, target.Own, Tensor.Optional(weight), Tensor.Optional(pos_weights), (long)reduction));

            internal static Tensor Average(Tensor input, long[] kernel, long[] stride, long[] padding, bool ceil, bool countPadding, long divisor) =>
                Made(ts_avg_pool2d(input.Own, kernel, stride, padding, Bit(ceil), Bit(countPadding), divisor));
        }

        public static partial class utils
        {
            public static double clip_grad_norm_(IEnumerable<Modules.Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var mode = no_grad();
                using var scope = NewDisposeScope();
                var gradients = tensors.Select(tensor => tensor.grad).Where(gradient => gradient is not null).ToList();
                if (gradients.Count == 0)
                    return 0;
                var norm = stack(gradients.Select(gradient => gradient.norm((float)norm_type).to(gradients[0].device))).norm((float)norm_type).ToDouble();
                var factor = max_norm / (norm + 1e-6);
                if (factor < 1)
                    gradients.ForEach(gradient => gradient.mul_(factor));
                return norm;
            }
        }
    }
}
