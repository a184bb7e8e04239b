using ML.Robustness.Transforms.Classifiers;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A classifier of this library at the end of a chain; its network stays its own.</summary>
internal sealed class NetworkScores(NeuralClassifierTransformer classifier) : ScoreFunction(nameof(NetworkScores))
{
    private readonly BorrowedNetwork _network = new(classifier);

    internal override Tensor Raw(Tensor input) => _network.Call(input);

    internal override Tensor Logits(Tensor raw) => raw;

    internal override Tensor Scores(Tensor raw) => _network.Kind == ClassifierKind.Binary
        ? raw.select(1, 1).sub(raw.select(1, 0)).unsqueeze(1)
        : nn.functional.softmax(raw, 1);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _network.Dispose();
        base.Dispose(disposing);
    }
}
