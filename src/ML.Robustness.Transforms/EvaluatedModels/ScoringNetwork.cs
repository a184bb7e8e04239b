using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RawFeatures;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.EvaluatedModels;

/// <summary>
/// Any ML.NET model as a network without gradients: features in, scores out, a batch at a time through <c>Transform</c>.
/// </summary>
/// <remarks>Probabilities come out as their logarithms: beside 0.9999, what moves 1e-8 to 1e-6 would not be seen.</remarks>
internal sealed class ScoringNetwork : Module<Tensor, Tensor>
{
    private const int Looked = 64;
    private const ulong LookedSeed = 0x4C_6F_6F_6B; // "Look"
    private const float LeastProbability = 1e-30f, SumTolerance = 1e-3f;

    private readonly ITransformer _model;
    private readonly RawColumns _raw;
    private readonly ModelScores _scores;
    private readonly bool _givesProbabilities;

    // Identifies this model where the state of an evaluation is saved, or results are merged: by rows that are always the same.
    private readonly Tensor scores;

    internal ScoringNetwork(ITransformer model, RawColumns raw, ModelScores scored)
        : base(nameof(ScoringNetwork))
    {
        _model = model;
        _raw = raw;
        _scores = scored;
        using var scope = NewDisposeScope();
        // Not rows of the data: what a model gives must not depend on which of them are there.
        var looked = Score(
            new RowRandom(LookedSeed).Uniform(zeros(raw.Features.Shape.Batch(Looked), ScalarType.Float32, CPU), 0, 1));
        _givesProbabilities = scored.Threshold is null && Enumerable.Range(0, Looked)
            .All(row => Sum(looked.AsSpan(row * scored.Classes, scored.Classes)) is > 1 - SumTolerance and < 1 + SumTolerance);
        scores = tensor(looked, device: CPU).DetachFromDisposeScope();
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var values = tensor(Score(input), device: CPU).view(input.shape[0], _scores.Classes);
        if (_givesProbabilities)
            values = values.clamp_min(Kept(LeastProbability)).log();
        return values.to(input.dtype, input.device).MoveToOuterDisposeScope();
    }

    private float[] Score(Tensor input)
    {
        using var scope = NewDisposeScope();
        var rows = input.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        var scored = _model.Transform(new RawRowsView(_raw, rows));
        using var cursor = scored.GetRowCursor([scored.Schema[_scores.ColumnName]]);
        var readScores = _scores.Reader(cursor);
        var found = new float[input.shape[0] * _scores.Classes];
        var row = 0;
        for (; cursor.MoveNext(); row++)
        {
            if (row == input.shape[0])
                throw OtherRows(input.shape[0], "more");
            readScores(found.AsSpan(row * _scores.Classes, _scores.Classes));
        }
        return row == input.shape[0] ? found : throw OtherRows(input.shape[0], $"{row}");
    }

    private static InvalidOperationException OtherRows(long given, string got) =>
        new($"The model scores {got} rows of the {given} it gets. Leave steps out that filter or add rows.");

    /// <summary>The sum, or NaN where a value is no probability.</summary>
    private static float Sum(ReadOnlySpan<float> values)
    {
        var sum = 0f;
        foreach (var value in values)
            sum += value is >= 0 and <= 1 ? value : float.NaN;
        return sum;
    }
}
