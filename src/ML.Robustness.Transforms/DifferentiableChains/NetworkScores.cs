using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A classifier of this library at the end of a chain; its network stays its own.</summary>
internal sealed class NetworkScores : ScoreFunction
{
    // Not a field of the module's type: TorchSharp would dispose it with this one.
    private readonly NeuralClassifierTransformer[] _classifier;
    private readonly IDisposable _use;

    internal NetworkScores(NeuralClassifierTransformer classifier)
        : base(nameof(NetworkScores))
    {
        _classifier = [classifier];
        _use = classifier.Lifetime.Use();
    }

    private NeuralClassifierTransformer Classifier => _classifier[0];

    internal override Tensor Raw(Tensor input) => Classifier.Network.call(
        Classifier.InputShape.IsImage ? input.reshape(Classifier.InputShape.Batch(input.shape[0])) : input);

    internal override Tensor Logits(Tensor raw) => raw;

    internal override Tensor Scores(Tensor raw) => Classifier.Kind == ClassifierKind.Binary
        ? raw.select(1, 1).sub(raw.select(1, 0)).unsqueeze(1)
        : nn.functional.softmax(raw, 1);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _use.Dispose();
        base.Dispose(disposing);
    }
}
