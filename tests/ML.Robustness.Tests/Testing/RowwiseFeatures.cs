using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Testing;

/// <summary>Two layers computed row by row, as products and sums, so that nothing rounds by the size of the batch; it shows its features.</summary>
internal sealed class RowwiseFeatures : Module<Tensor, Tensor>, IFeatureModel
{
    private readonly Parameter inner;
    private readonly Parameter outer;

    public RowwiseFeatures(int inputs, int classes)
        : base(nameof(RowwiseFeatures))
    {
        using (NewDisposeScope())
        {
            inner = new Parameter(new RowRandom(21).Normal(zeros([16, inputs], ScalarType.Float64)).div(Math.Sqrt(inputs)));
            outer = new Parameter(new RowRandom(22).Normal(zeros([classes, 16], ScalarType.Float64)).div(4));
            inner.DetachFromDisposeScope();
            outer.DetachFromDisposeScope();
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Classify(Extract(input).Values).MoveToOuterDisposeScope();
    }

    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        using var scope = NewDisposeScope();
        return new NetworkFeatures(Rectifier.Apply(Product(inner, input.flatten(1)), passesRectifier).MoveToOuterDisposeScope(), null);
    }

    public Tensor Classify(Tensor features)
    {
        using var scope = NewDisposeScope();
        return Product(outer, features).MoveToOuterDisposeScope();
    }

    private static Tensor Product(Tensor weights, Tensor values) => values.unsqueeze(1).mul(weights).sum(2);
}
