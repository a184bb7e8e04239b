namespace TorchSharp.Modules
{
    using static torch;

    public sealed class ReLU : nn.Module<Tensor, Tensor>
    {
        private readonly bool inPlace;

        internal ReLU(bool inPlace) : base(nameof(ReLU)) => this.inPlace = inPlace;

        public override Tensor forward(Tensor tensor) => nn.functional.relu(tensor, inPlace);
    }

    public sealed class Identity : nn.Module<Tensor, Tensor>
    {
        internal Identity() : base(nameof(Identity))
        {
        }

        public override Tensor forward(Tensor tensor) => tensor.alias();
    }

    public sealed class Flatten : nn.Module<Tensor, Tensor>
    {
        private readonly long start;
        private readonly long end;

        internal Flatten(long start, long end) : base(nameof(Flatten))
        {
            this.start = start;
            this.end = end;
        }

        public override Tensor forward(Tensor tensor) => tensor.flatten(start, end);
    }

    public sealed class Dropout : nn.Module<Tensor, Tensor>
    {
        private readonly double p;
        private readonly bool inPlace;

        internal Dropout(double p, bool inPlace) : base(nameof(Dropout))
        {
            this.p = p;
            this.inPlace = inPlace;
        }

        public override Tensor forward(Tensor tensor) => nn.functional.dropout(tensor, p, training, inPlace);
    }

    public sealed class MaxPool2d : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor> pool;

        internal MaxPool2d(long[] kernel, long[] stride, long[] padding, long[] dilation, bool ceil) : base(nameof(MaxPool2d)) =>
            pool = input => nn.functional.max_pool2d(input, kernel, stride, padding, dilation, ceil);

        public override Tensor forward(Tensor tensor) => pool(tensor);
    }

    public sealed class AvgPool2d : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor> pool;

        internal AvgPool2d(long[] kernel, long[] stride, long[] padding, bool ceil, bool countPadding, long? divisor) : base(nameof(AvgPool2d)) =>
            pool = input => nn.functional.Average(input, kernel, stride, padding, ceil, countPadding, divisor ?? 0);

        public override Tensor forward(Tensor tensor) => pool(tensor);
    }

    public sealed class AdaptiveAvgPool2d : nn.Module<Tensor, Tensor>
    {
        private readonly long[] size;

        internal AdaptiveAvgPool2d(long[] size) : base(nameof(AdaptiveAvgPool2d)) => this.size = size;

        public override Tensor forward(Tensor tensor) => nn.functional.adaptive_avg_pool2d(tensor, size);
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static ReLU ReLU(bool inplace = false) => new(inplace);

            public static Flatten Flatten(long startDim = 1, long endDim = -1) => new(startDim, endDim);

            public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static MaxPool2d MaxPool2d(long kernelSize, long? stride = null, long? padding = null, long? dilation = null, bool ceilMode = false) =>
                new([kernelSize, kernelSize], Both(stride ?? kernelSize), Both(padding ?? 0), Both(dilation ?? 1), ceilMode);

            private static long[] Both(long value) => [value, value];
        }
    }
}
