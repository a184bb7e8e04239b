using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Testing;

/// <summary>A network in float64 whose every number can be computed by hand: two maps (the image, and one less twice it),
/// rectified units, logits; row by row.</summary>
internal sealed class FeatureExposingNetwork : Module<Tensor, Tensor>, IFeatureModel
{
    private readonly Parameter inner;
    private readonly Parameter outer;
    private readonly bool _rectifies;

    public FeatureExposingNetwork(int inputs, int units = 5, int classes = 3, bool rectifies = true)
        : base(nameof(FeatureExposingNetwork))
    {
        _rectifies = rectifies;
        using (NewDisposeScope())
        {
            inner = new Parameter(new RowRandom(41).Normal(zeros([units, inputs], ScalarType.Float64)));
            outer = new Parameter(new RowRandom(42).Normal(zeros([classes, units], ScalarType.Float64)));
            inner.DetachFromDisposeScope();
            outer.DetachFromDisposeScope();
        }
        RegisterComponents();
    }

    public double[] UnitWeights(int unit) => inner.detach()[unit].data<double>().ToArray();

    /// <summary>The weights of a logit on the input, where the units are not rectified.</summary>
    public double[] LogitWeights(int index)
    {
        using var scope = NewDisposeScope();
        return outer.detach()[index].unsqueeze(1).mul(inner.detach()).sum([0]).data<double>().ToArray();
    }

    public void SetUnits(Tensor weights)
    {
        using var quiet = no_grad();
        inner.copy_(weights);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Classify(Extract(input).Values).MoveToOuterDisposeScope();
    }

    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        using var scope = NewDisposeScope();
        var values = input.flatten(1).unsqueeze(1).mul(inner).sum(2);
        if (_rectifies)
            values = passesRectifier ? values.add(functional.relu(values).sub(values).detach()) : functional.relu(values);
        var maps = input.dim() == 4 ? cat([input.narrow(1, 0, 1), input.narrow(1, 0, 1).mul(-2).add(1)], 1) : null;
        return new NetworkFeatures(values.MoveToOuterDisposeScope(), maps?.MoveToOuterDisposeScope());
    }

    public Tensor Classify(Tensor features) => features.unsqueeze(1).mul(outer).sum(2);
}
