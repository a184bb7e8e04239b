using ML.Robustness.Layers;
using TorchSharp.Modules;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>
/// A residual block: two 3×3 convolutions and a shortcut, which is a 1×1 convolution if size or channels change.
/// </summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d first;
    private readonly BatchNormalization firstNormalization;
    private readonly Conv2d second;
    private readonly BatchNormalization secondNormalization;
    private readonly Conv2d? shortcut;
    private readonly BatchNormalization? shortcutNormalization;

    public ResidualBlock(int inputs, int outputs, int stride)
        : base(nameof(ResidualBlock))
    {
        first = Conv2d(inputs, outputs, 3, stride, 1, bias: false, device: CPU, dtype: ScalarType.Float32);
        firstNormalization = new BatchNormalization(outputs);
        second = Conv2d(outputs, outputs, 3, 1, 1, bias: false, device: CPU, dtype: ScalarType.Float32);
        secondNormalization = new BatchNormalization(outputs);
        if (stride != 1 || inputs != outputs)
        {
            shortcut = Conv2d(inputs, outputs, 1, stride, bias: false, device: CPU, dtype: ScalarType.Float32);
            shortcutNormalization = new BatchNormalization(outputs);
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => Apply(input, passesRectifier: false);

    /// <summary>The block's output; gradients may pass the rectifier at the end.</summary>
    public Tensor Apply(Tensor input, bool passesRectifier)
    {
        using var scope = NewDisposeScope();
        var values = functional.relu(firstNormalization.call(first.call(input)));
        values = secondNormalization.call(second.call(values));
        var beside = shortcut is null ? input : shortcutNormalization!.call(shortcut.call(input));
        return Rectifier.Apply(values.add(beside, One), passesRectifier).MoveToOuterDisposeScope();
    }
}
