// What may be null is marked as the real one marks it.
#nullable enable annotations

namespace TorchSharp.Modules
{
    using static torch;

    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        internal Linear(long inputs, long outputs, bool hasBias) : base(nameof(Linear)) =>
            nn.init.Weights(this, [outputs, inputs], hasBias);

        public Parameter? weight
        {
            get => Own(nameof(weight));
            set => Replace(nameof(weight), value);
        }

        public Parameter? bias
        {
            get => Own(nameof(bias));
            set => Replace(nameof(bias), value);
        }

        public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
    }

    public abstract class Convolution : nn.Module<Tensor, Tensor>
    {
        private protected Convolution(string name) : base(name)
        {
        }
    }

    public sealed class Conv2d : Convolution
    {
        private readonly long inputChannels;
        private readonly long[] stride;
        private readonly long[] padding;
        private readonly long[] dilation;
        private readonly long groups;
        private readonly PaddingModes mode;

        // No padding at all (null) stands for "same".
        internal Conv2d(long inputs, long outputs, long[] kernel, long[] stride, long[] padding, long[] dilation, PaddingModes mode, long groups, bool bias)
            : base(nameof(Conv2d))
        {
            inputChannels = inputs;
            this.stride = stride;
            this.padding = padding;
            this.dilation = dilation;
            this.mode = mode;
            this.groups = groups;
            nn.init.Weights(this, [outputs, inputs / groups, kernel[0], kernel[1]], bias);
        }

        public Parameter? weight
        {
            get => Own(nameof(weight));
            set => Replace(nameof(weight), value);
        }

        public Parameter? bias
        {
            get => Own(nameof(bias));
            set => Replace(nameof(bias), value);
        }

        public override Tensor forward(Tensor input)
        {
            var shape = input.shape;
            if (shape.Length is not (3 or 4) || shape[^3] != inputChannels)
                throw new ArgumentException($"Expected 3D (unbatched) or 4D (batched) input with {inputChannels} channels to Conv2d.");
            if (padding is null)
                return Native.Made(Native.ts_conv2d_same(input.Own, weight.Own, Tensor.Optional(bias), stride, dilation, groups));
            if (mode == PaddingModes.Zeros)
                return nn.functional.conv2d(input, weight, bias, stride, padding, dilation, groups);
            using var padded = nn.functional.pad(input, [padding[1], padding[1], padding[0], padding[0]], mode);
            return nn.functional.conv2d(padded, weight, bias, stride, [0, 0], dilation, groups);
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                ModuleExtensionMethods.Moved(new Linear(inputSize, outputSize, hasBias), device, dtype);

            public static Conv2d Conv2d(long in_channels, long out_channels, long kernelSize, long stride = 1, long padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                Conv2d(in_channels, out_channels, (kernelSize, kernelSize), (stride, stride), (padding, padding), (dilation, dilation), padding_mode, groups, bias, device, dtype);

            public static Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernelSize, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                ModuleExtensionMethods.Moved(
                    new Conv2d(in_channels, out_channels, Two(kernelSize), Two(stride ?? (1, 1)), Two(padding ?? (0, 0)), Two(dilation ?? (1, 1)), padding_mode, groups, bias),
                    device, dtype);

            private static long[] Two((long, long) pair) => [pair.Item1, pair.Item2];
        }
    }
}
