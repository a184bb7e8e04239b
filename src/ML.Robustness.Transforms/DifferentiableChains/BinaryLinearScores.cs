using ML.Robustness.Transforms.Classifiers;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A linear binary model: logits of zero, and of what the score is above the threshold.</summary>
internal sealed class BinaryLinearScores : ScoreFunction
{
    private readonly Tensor _weights, _bias;
    private readonly double _slope, _offset;

    /// <param name="model">The model.</param>
    /// <param name="scores">The threshold, of the score or of the probability.</param>
    internal BinaryLinearScores(LinearPart model, ModelScores scores)
        : base(nameof(BinaryLinearScores))
    {
        _weights = tensor(model.Weights, [1, model.Weights.Length], device: CPU);
        _bias = tensor(new[] { model.Bias }, device: CPU);
        (_slope, _offset) = ClassifierColumns.Probability == scores.ColumnName
            ? (-model.Platt!.Value.Slope, -model.Platt.Value.Offset - ModelScores.Logit(scores.Threshold!.Value))
            : (1, -(double)scores.Threshold!.Value);
        RegisterComponents();
    }

    internal override bool IsAffine => true;

    internal override Tensor Raw(Tensor input) => nn.functional.linear(input, _weights, _bias);

    internal override Tensor Logits(Tensor raw)
    {
        using var scope = NewDisposeScope();
        return cat([zeros_like(raw), raw.mul(Kept(_slope)).add(Kept(_offset), One)], 1).MoveToOuterDisposeScope();
    }

    internal override Tensor Scores(Tensor raw) => raw.clone();
}
