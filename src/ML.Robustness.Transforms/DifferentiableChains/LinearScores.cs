using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>Linear models with a score for each class: maximum entropy, SDCA, and one against all of linear models.</summary>
/// <remarks>
/// Where scores are probabilities over their sum, the logits are those of the single probabilities: the largest one is the same,
/// and they are affine.
/// </remarks>
internal sealed class LinearScores : ScoreFunction
{
    private readonly Tensor _weights, _bias;
    private readonly Tensor? _slope, _offset;
    private readonly ClassScoreForm _form;

    internal LinearScores(IReadOnlyList<LinearPart> classes, ClassScoreForm form)
        : base(nameof(LinearScores))
    {
        _weights = tensor(classes.SelectMany(part => part.Weights).ToArray(), [classes.Count, classes[0].Weights.Length],
            device: CPU);
        _bias = tensor(classes.Select(part => part.Bias).ToArray(), device: CPU);
        _form = form;
        if (form == ClassScoreForm.Probability)
        {
            _slope = tensor(classes.Select(part => (float)-part.Platt!.Value.Slope).ToArray(), device: CPU);
            _offset = tensor(classes.Select(part => (float)-part.Platt!.Value.Offset).ToArray(), device: CPU);
        }
        RegisterComponents();
    }

    internal override bool IsAffine => true;

    internal override Tensor Raw(Tensor input) => nn.functional.linear(input, _weights, _bias);

    internal override Tensor Logits(Tensor raw)
    {
        if (_slope is null)
            return raw;
        using var scaled = raw.mul(_slope);
        return scaled.add(_offset!, One);
    }

    internal override Tensor Scores(Tensor raw)
    {
        using var scope = NewDisposeScope();
        var logits = Logits(raw);
        var scores = _form switch
        {
            ClassScoreForm.Softmax => nn.functional.softmax(logits, 1),
            ClassScoreForm.Probability => logits.sigmoid().div(logits.sigmoid().sum(1, keepdim: true)),
            _ => logits,
        };
        return scores.MoveToOuterDisposeScope();
    }
}
