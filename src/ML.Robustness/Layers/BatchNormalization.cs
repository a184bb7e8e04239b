using TorchSharp.Modules;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>
/// Batch normalisation of feature maps (N, C, H, W) with the defaults of PyTorch. TorchSharp's own counts the batches with
/// scalars that nothing keeps alive.
/// </summary>
internal sealed class BatchNormalization(long channels) : BatchNorm(channels, Epsilon, Momentum, affine: true,
    track_running_stats: true, CPU, ScalarType.Float32, nameof(BatchNorm2d))
{
    private const double Epsilon = 1e-5, Momentum = 0.1;

    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        if (training)
            num_batches_tracked!.add_(One, One);
        return functional.batch_norm(input, running_mean, running_var, weight, bias, training, Momentum, Epsilon);
    }

    protected override void ValidateInputDimensions(Tensor input)
    {
        if (input.dim() != 4)
            throw new ArgumentException(
                $"Batch normalisation takes images (N, C, H, W), but the input has {input.dim()} dimensions.",
                nameof(input));
    }
}
