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

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size) => Made(ts_adaptive_avg_pool2d(input.Own, output_size));

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                Made(ts_pad(input.Own, pad, pad.Length, (int)mode, value));

            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Made(ts_cross_entropy(input.Own, target.Own, Tensor.Optional(weight), ignore_index, (long)reduction, label_smoothing));

            internal static Tensor Average(Tensor input, long[] kernel, long[] stride, long[] padding, bool ceil, bool countPadding, long divisor) =>
                Made(ts_avg_pool2d(input.Own, kernel, stride, padding, Bit(ceil), Bit(countPadding), divisor));
        }

        public static partial class utils
        {
        }
    }
}
