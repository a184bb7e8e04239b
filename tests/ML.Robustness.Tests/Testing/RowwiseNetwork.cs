using ML.Robustness.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Testing;

/// <summary>
/// Two layers computed row by row, as products and sums: matrix products round by the size of the batch, these do not, so that
/// what remains between a batch and its rows would be the attack's doing.
/// </summary>
internal sealed class RowwiseNetwork : Module<Tensor, Tensor>
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
        var hidden = functional.relu(Apply(inner, input.flatten(1)));
        return Apply(outer, hidden).MoveToOuterDisposeScope();
    }

    private static Tensor Apply(Tensor weights, Tensor values) => values.unsqueeze(1).mul(weights).sum(2);
}
