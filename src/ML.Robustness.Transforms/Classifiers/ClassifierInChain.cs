using Microsoft.ML;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>Finds the classifier that a step works with.</summary>
internal static class ClassifierInChain
{
    /// <summary>The classifier in a fitted model.</summary>
    /// <param name="model">A classifier, alone or in a chain.</param>
    /// <param name="step">The step that needs it, as messages name it.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal static NeuralClassifierTransformer Of(ITransformer? model, string step) => model switch
    {
        null => throw new ArgumentException(
            $"Options.Classifier is not set: {step} works with a fitted classifier. "
            + "Train one with AdversarialTraining.", nameof(model)),
        _ => Steps(model).OfType<NeuralClassifierTransformer>().LastOrDefault() ?? throw new ArgumentException(
            $"{step} needs a classifier with gradients: "
            + $"expected a {nameof(NeuralClassifierTransformer)}, alone or in a chain, got {model.GetType().Name}. "
            + "Train one with AdversarialTraining.", nameof(model)),
    };

    /// <summary>The steps of a model, those of chains within it one by one.</summary>
    internal static IEnumerable<ITransformer> Steps(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
