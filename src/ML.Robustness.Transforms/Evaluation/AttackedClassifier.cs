using Microsoft.ML;

namespace ML.Robustness.Transforms;

/// <summary>A classifier with gradients, and the data as they reach it.</summary>
/// <param name="Classifier">The classifier.</param>
/// <param name="Data">The rows after the steps before it.</param>
internal sealed record AttackedClassifier(RobustClassifierTransformer Classifier, IDataView Data)
{
    /// <summary>Finds the classifier in a model, alone or in a chain of any depth, and leads the data up to it.</summary>
    internal static AttackedClassifier Find(ITransformer model, IDataView data)
    {
        foreach (var step in Flatten(model))
        {
            if (step is RobustClassifierTransformer classifier)
                return new AttackedClassifier(classifier, data);
            data = step.Transform(data);
        }

        throw new ArgumentException($"The model has no classifier that gradients can be had of: expected a {nameof(RobustClassifierTransformer)}, alone or in a chain, got {model.GetType().Name}. Train one with AdversarialTraining.", nameof(model));
    }

    private static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];
}
