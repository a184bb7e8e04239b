using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>What the step that makes a chain's scores may compute, and of which columns.</summary>
/// <param name="Inputs">The columns of features, one after the other.</param>
/// <param name="Make">Makes the functions that it may be: which it is, the scores of rows tell.</param>
internal sealed record ScoringStep(IReadOnlyList<string> Inputs, Func<IEnumerable<ScoreFunction>> Make);

/// <summary>Which models of ML.NET have gradients, and what they compute.</summary>
internal static class ScoreFunctions
{
    /// <summary>The names of the models, for messages.</summary>
    internal const string Names = "linear models, OneVersusAll and PairwiseCoupling of them, FieldAwareFactorizationMachine, and "
        + "networks";

    /// <summary>Reads the step that makes a model's scores.</summary>
    /// <param name="step">The step.</param>
    /// <param name="schema">The schema of the rows before it.</param>
    /// <param name="scores">The scores that leave the model.</param>
    /// <param name="reason">Why it has no gradients; null where it has.</param>
    internal static ScoringStep? Of(ITransformer step, DataViewSchema schema, ModelScores scores, out string? reason)
    {
        reason = null;
        if (step is NeuralClassifierTransformer classifier)
            return new ScoringStep([classifier.FeatureColumnName], () => [new NetworkScores(classifier)]);
        if (step is IPredictionTransformer<FieldAwareFactorizationMachineModelParameters> { Model: var machine })
        {
            var fields = StepParameters.FieldsOf(step);
            return new ScoringStep(fields, () =>
            {
                var (linear, latent, length, isNormalized) = StepParameters.Of(machine);
                return [new FactorizationMachineScores(linear, latent, length, isNormalized,
                    [.. fields.Select(name => schema[name].Type is VectorDataViewType vector ? vector.Size : 1)])];
            });
        }
        if (step is ISingleFeaturePredictionTransformer<object> predictor
            && Linear(predictor.Model, scores) is { } make)
            return new ScoringStep([predictor.FeatureColumnName], make);
        reason = $"its scores are made by {NameOf(step)}, which has no gradients here; {Names} have";
        return null;
    }

    private static Func<IEnumerable<ScoreFunction>>? Linear(object model, ModelScores scores)
    {
        if (scores.Threshold is not null)
        {
            return LinearPart.Of(model) is { } part
                && (scores.ColumnName != ClassifierColumns.Probability
                    || (part.Platt is not null && scores.Threshold is > 0 and < 1))
                ? () => [new BinaryLinearScores(part, scores)] : null;
        }
        switch (model)
        {
            case MaximumEntropyModelParameters entropy:
                return () => [new LinearScores(PartsOf(entropy), ClassScoreForm.Softmax)];
            case LinearMulticlassModelParameters linear:
                return () => [new LinearScores(PartsOf(linear), ClassScoreForm.Raw)];
            case OneVersusAllModelParameters several when All(ModelParts.OfClasses(several)) is { } parts:
                ClassScoreForm[] forms = [ClassScoreForm.Raw, ClassScoreForm.Softmax];
                if (parts.All(part => part.Platt is not null))
                    forms = [ClassScoreForm.Probability, .. forms];
                return () => forms.Select(form => new LinearScores(parts, form));
            case PairwiseCouplingModelParameters pairs when All(StepParameters.PairsOf(pairs)) is { } parts
                && parts.All(part => part.Platt is not null):
                return () => [new PairwiseScores(parts)];
            default:
                return null;
        }
    }

    private static LinearPart[]? All(IReadOnlyCollection<object> models)
    {
        var parts = models.Select(LinearPart.Of).OfType<LinearPart>().ToArray();
        return parts.Length == models.Count ? parts : null;
    }

    private static LinearPart[] PartsOf(LinearMulticlassModelParametersBase model)
    {
        VBuffer<float>[] weights = [];
        model.GetWeights(ref weights, out var classes);
        float[] biases = [.. model.GetBiases()];
        return [.. Enumerable.Range(0, classes).Select(
            index => new LinearPart([.. weights[index].DenseValues()], biases[index], null))];
    }

    private static string NameOf(ITransformer step)
    {
        if (step is not IPredictionTransformer<object> { Model: var model })
            return step.GetType().Name;
        var several = model is OneVersusAllModelParameters classes ? ModelParts.OfClasses(classes)[0] : null;
        return several is null ? PartName(model) : $"{PartName(model)} of {PartName(several)}";

        static string PartName(object part) => ModelParts.Uncalibrated(part).Model.GetType().Name;
    }
}
