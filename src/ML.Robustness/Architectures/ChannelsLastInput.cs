using ML.Robustness.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>The layer before a network that takes images as (N, H, W, C), as those of TensorFlow do.</summary>
internal sealed class ChannelsLastInput : Module<Tensor, Tensor>, IInputLayer
{
    internal ChannelsLastInput()
        : base(nameof(ChannelsLastInput))
    {
    }

    public override Tensor forward(Tensor input) => input.permute(0, 2, 3, 1);
}
