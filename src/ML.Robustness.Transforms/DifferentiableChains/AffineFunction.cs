using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>(x − offset) · scale: the normalisers MinMax, MeanVariance, LogMeanVariance without CDF, and RobustScaling.</summary>
internal sealed class AffineFunction : ColumnFunction
{
    private readonly Tensor _scale;
    private readonly Tensor? _offset;

    /// <param name="scale">One for each value.</param>
    /// <param name="offset">One for each value; null for none.</param>
    internal AffineFunction(float[] scale, float[]? offset)
        : base(nameof(AffineFunction))
    {
        _scale = tensor(scale, device: CPU);
        _offset = offset is null ? null : tensor(offset, device: CPU);
        RegisterComponents();
    }

    internal override bool IsAffine => true;

    public override Tensor forward(Tensor input)
    {
        if (_offset is null)
            return input.mul(_scale);
        using var shifted = input.sub(_offset);
        return shifted.mul(_scale);
    }
}
