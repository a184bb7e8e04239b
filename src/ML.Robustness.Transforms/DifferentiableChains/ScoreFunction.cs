using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>The last step of a chain: (N, features) to logits (N, K), the largest of which is the predicted class.</summary>
internal abstract class ScoreFunction(string name) : ColumnFunction(name)
{
    public override Tensor forward(Tensor input) => Logits(Raw(input));

    /// <summary>What the model computes first: (N, 1) or (N, K).</summary>
    internal abstract Tensor Raw(Tensor input);

    /// <summary>The logits of what <see cref="Raw"/> gave; it itself where it is the logits.</summary>
    internal abstract Tensor Logits(Tensor raw);

    /// <summary>The column <c>Score</c> of what <see cref="Raw"/> gave, (N, 1) or (N, K); a new tensor.</summary>
    internal abstract Tensor Scores(Tensor raw);
}
