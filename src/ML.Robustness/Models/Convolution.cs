using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>A square convolution whose weights lie channels-last, which makes libtorch's CPU kernels up to twice as fast.</summary>
/// <remarks>
/// libtorch follows the weights' layout: inputs of any layout work, activations come out channels-last. Initial weights are drawn as
/// PyTorch draws them. (TorchSharp's own Conv2d does not let both supported versions replace its weight.)
/// </remarks>
internal sealed class Convolution : Module<Tensor, Tensor>
{
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly Parameter weight;
    private readonly Parameter? bias;

    public Convolution(int inputs, int outputs, int size, int stride = 1, bool hasBias = true)
        : base(nameof(Convolution))
    {
        _stride = [stride, stride];
        _padding = [size / 2, size / 2];
        var bound = 1 / Math.Sqrt(inputs * size * size);
        using (NewDisposeScope())
        {
            var drawn = init.uniform_(empty([outputs, inputs, size, size]), -bound, bound);
            weight = new Parameter(ChannelsLast(drawn));
            if (hasBias)
                bias = new Parameter(init.uniform_(empty([outputs]), -bound, bound));
            weight.DetachFromDisposeScope();
            bias?.DetachFromDisposeScope();
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => functional.conv2d(input, weight, bias, _stride, _padding);

    private static Tensor ChannelsLast(Tensor values)
    {
        // A permutation leaves the stride of a single channel as it was, and libtorch then reads the weights as default ones: it is written out.
        var (channels, height, width) = (values.shape[1], values.shape[2], values.shape[3]);
        return values.permute(0, 2, 3, 1).contiguous().as_strided(values.shape, [height * width * channels, 1, width * channels, channels]);
    }
}
