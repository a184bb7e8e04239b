using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>
/// Decides which classifier a fitted model is: the steps that its <c>Transform</c> runs, and the one whose scores leave it.
/// </summary>
/// <remarks>
/// A chain's <c>Transform</c> runs the steps of <see cref="TransformerScope.Scoring"/>, those of chains within it likewise. A
/// classifier whose scores are replaced later, by a second one or by a model stacked on them, is a step as any other.
/// </remarks>
internal static class ClassifierChain
{
    /// <summary>The classifier of a model, for work with its gradients at its own features.</summary>
    /// <param name="model">A classifier, alone or in a chain.</param>
    /// <param name="caller">The step or call that needs it, as messages name it.</param>
    /// <exception cref="ArgumentException">There is none, or its scores are not the model's.</exception>
    internal static NeuralClassifierTransformer ClassifierOf(ITransformer? model, string caller)
    {
        if (model is null)
            throw new ArgumentException(
                $"Options.Classifier is not set: {caller} works with a fitted classifier. Train one with AdversarialTraining.",
                nameof(model));
        if (Split(model, out var reason) is not { Classifier: var classifier, After: var after })
            throw new ArgumentException(
                $"{caller} needs a classifier with gradients: "
                + $"expected a {nameof(NeuralClassifierTransformer)}, alone or in a chain, got {model.GetType().Name}. "
                + (reason is null ? "Train one with AdversarialTraining." : $"Its ONNX graph cannot be read: {reason}"),
                nameof(model));
        var rows = new DataViewSchema.Builder();
        rows.AddColumn(classifier.FeatureColumnName, classifier.FeatureColumnType);
        if (FindSuccessor(classifier, rows.ToSchema(), after) is { } successor)
            throw new ArgumentException(
                $"{caller} needs gradients of the model's scores, but these come from {successor.GetType().Name}, which follows "
                + $"the {nameof(NeuralClassifierTransformer)}. Give it the chain that ends with the classifier.", nameof(model));
        return classifier;
    }

    /// <summary>The classifier whose scores leave a model, and the rows as they reach it; null where there is none.</summary>
    internal static (NeuralClassifierTransformer Classifier, IDataView Rows)? Find(ITransformer model, IDataView data)
    {
        if (Split(model, out _) is not { Before: var before, Classifier: var classifier, After: var after })
            return null;
        var rows = before.Aggregate(data, (rows, step) => step.Transform(rows));
        classifier.ThrowIfDisposed();
        classifier.Features.Find(rows.Schema);
        return FindSuccessor(classifier, rows.Schema, after) is null ? (classifier, rows) : null;
    }

    /// <summary>The last step of a model that makes scores; null where there is none.</summary>
    internal static ITransformer? LastScorerOf(ITransformer model) => StepsOf(model).LastOrDefault(IsScorer);

    /// <summary>Whether a step makes scores of its own; a calibrator makes probabilities of another's.</summary>
    private static bool IsScorer(ITransformer step) =>
        step is IPredictionTransformer<object> and not IPredictionTransformer<ICalibrator>;

    /// <summary>The steps that a model's <c>Transform</c> runs, those of chains within it one by one.</summary>
    internal static IEnumerable<ITransformer> StepsOf(ITransformer model) => model is ITransformerChainAccessor chain
        ? chain.Transformers.Where((_, place) => chain.Scopes[place].HasFlag(TransformerScope.Scoring)).SelectMany(StepsOf)
        : [model];

    /// <summary>The last classifier of a model, and the steps before and after it; null where there is none.</summary>
    private static (ITransformer[] Before, NeuralClassifierTransformer Classifier, ITransformer[] After)? Split(
        ITransformer model, out string? reason)
    {
        reason = null;
        ITransformer[] steps = [.. StepsOf(model)];
        // What an ONNX graph gives a later model is not the scores.
        var isScored = false;
        for (var place = steps.Length - 1; place >= 0; place--)
        {
            var after = steps[(place + 1)..];
            var classifier = steps[place] as NeuralClassifierTransformer;
            if (classifier is null && !isScored && reason is null)
                classifier = OnnxStep.ClassifierOf(steps[place], after, out reason);
            if (classifier is not null)
                return (steps[..place], classifier, after);
            isScored |= IsScorer(steps[place]);
        }
        return null;
    }

    /// <summary>
    /// The later step that replaces the classifier's scores, or gives other rows than it gets; null where there is none.
    /// </summary>
    private static ITransformer? FindSuccessor(
        NeuralClassifierTransformer classifier, DataViewSchema schema, ITransformer[] later)
    {
        schema = classifier.GetOutputSchema(schema);
        var own = ClassifierColumns.SetIdOf(schema);
        foreach (var step in later)
        {
            // A model trained on the scores makes scores of its own, whatever columns it needs besides.
            if (IsScorer(step) || !step.IsRowToRowMapper)
                return step;
            try
            {
                schema = step.GetOutputSchema(schema);
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                // The step reads columns of the chain's rows that are not known here; it cannot be one that makes scores.
                continue;
            }
            if (ClassifierColumns.SetIdOf(schema) != own)
                return step;
        }
        return null;
    }
}
