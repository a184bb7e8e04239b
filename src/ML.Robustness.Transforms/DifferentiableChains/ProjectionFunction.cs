using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary><c>ProjectToPrincipalComponents</c>: eigenvectors · x − the projected mean.</summary>
internal sealed class ProjectionFunction : ColumnFunction
{
    private readonly Tensor _vectors, _mean;

    /// <param name="vectors">The eigenvectors, of the row's length.</param>
    /// <param name="mean">The projected mean; null for none.</param>
    internal ProjectionFunction(float[][] vectors, float[]? mean)
        : base(nameof(ProjectionFunction))
    {
        _vectors = tensor(vectors.SelectMany(vector => vector).ToArray(), [vectors.Length, vectors[0].Length], device: CPU);
        _mean = tensor(mean ?? new float[vectors.Length], device: CPU).neg();
        RegisterComponents();
    }

    internal override bool IsAffine => true;

    public override Tensor forward(Tensor input) => nn.functional.linear(input, _vectors, _mean);
}
