using ML.Robustness.Transforms.Classifiers;
using Samples.Shared;

namespace PretrainedNetwork;

/// <summary>A classifier and how it was trained.</summary>
internal sealed record TrainedClassifier(string Name, NeuralClassifierTransformer Classifier, ModelDescription Training)
    : IDisposable
{
    public void Dispose() => Classifier.Dispose();
}
