using ML.Robustness.Layers;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Testing;

/// <summary>
/// Two layers computed row by row, as products and sums, and their features: matrix products round by the size of the batch,
/// these do not, so that what remains between a batch and its rows would be the doing of what is tested.
/// </summary>
internal sealed class RowwiseNetwork : Module<Tensor, Tensor>, IFeatureModel
{
    private readonly Parameter inner;
    private readonly Parameter outer;

    public RowwiseNetwork(int inputs, int classes)
        : base(nameof(RowwiseNetwork))
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
        return new NetworkFeatures(Rectifier.Apply(Product(inner, input.flatten(1)), passesRectifier).MoveToOuterDisposeScope(),
            null);
    }

    public Tensor Classify(Tensor features)
    {
        using var scope = NewDisposeScope();
        return Product(outer, features).MoveToOuterDisposeScope();
    }

    private static Tensor Product(Tensor weights, Tensor values) => values.unsqueeze(1).mul(weights).sum(2);
}
