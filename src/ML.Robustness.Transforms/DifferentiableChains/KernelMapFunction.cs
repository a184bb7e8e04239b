using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>
/// <c>ApproximatedKernelMap</c>, random Fourier features: √(2/D) cos(ω·x + b), or √(1/D) (cos ω·x, sin ω·x) one after the other.
/// </summary>
internal sealed class KernelMapFunction : ColumnFunction
{
    private readonly Tensor _frequencies;
    private readonly Tensor? _rotations;
    private readonly double _factor;

    /// <param name="frequencies">D vectors of the row's length.</param>
    /// <param name="rotations">D numbers; null where cosines and sines are taken.</param>
    internal KernelMapFunction(float[][] frequencies, float[]? rotations)
        : base(nameof(KernelMapFunction))
    {
        _frequencies = tensor(
            frequencies.SelectMany(vector => vector).ToArray(), [frequencies.Length, frequencies[0].Length], device: CPU);
        _rotations = rotations is null ? null : tensor(rotations, device: CPU);
        _factor = Math.Sqrt((rotations is null ? 1.0 : 2.0) / frequencies.Length);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var angles = nn.functional.linear(input, _frequencies, _rotations);
        var mapped = _rotations is null ? stack([angles.cos(), angles.sin()], 2).flatten(1) : angles.cos();
        return mapped.mul(Kept(_factor)).MoveToOuterDisposeScope();
    }
}
