using System.Runtime.CompilerServices;
using ML.Robustness.Onnx.Nodes;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Activation functions.</summary>
internal static class ActivationOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        Of("Relu", x => functional.relu(x)),
        Of("Sigmoid", x => x.sigmoid()),
        Of("Tanh", x => x.tanh()),
        Of("Softplus", x => Softplus(x, Kept(1.0), Kept(40.0))),
        Of("Softsign", x => x.div(x.abs().add_(Kept(1), One))),
        Of("Mish", x => x.mul(Softplus(x, Kept(1.0), Kept(20.0)).tanh()), 18),
        Of("HardSwish", x => functional.hardswish(x), 14),
        OperatorDefinition.Of("LeakyRelu", 1, node =>
        {
            var alpha = node.Number("alpha", 0.01);
            return x => x[0].leaky_relu(Kept(alpha));
        }),
        OperatorDefinition.Of("Elu", 1, node =>
        {
            var alpha = node.Number("alpha", 1);
            return x => x[0].elu(Kept(alpha), Kept(1.0), Kept(1.0));
        }),
        OperatorDefinition.Of("Celu", 1, node =>
        {
            var alpha = node.Number("alpha", 1);
            return x => x[0].celu(Kept(alpha));
        }, 12),
        OperatorDefinition.Of("Selu", 1, node =>
        {
            var (alpha, gamma) = (node.Number("alpha", 1.67326319217681884765625),
                node.Number("gamma", 1.05070102214813232421875));
            return x => x[0].elu(Kept(alpha), Kept(1.0), Kept(1.0)).mul_(Kept(gamma));
        }),
        OperatorDefinition.Of("ThresholdedRelu", 1, node =>
        {
            var alpha = node.Number("alpha", 1);
            return x => x[0].threshold(Kept(alpha), Kept(0.0));
        }, 10),
        OperatorDefinition.Of("HardSigmoid", 1, node =>
        {
            var (alpha, beta) = (node.Number("alpha", 0.2), node.Number("beta", 0.5));
            return x => x[0].mul(Kept(alpha)).add_(Kept(beta), One).clamp(Kept(0), Kept(1));
        }),
        OperatorDefinition.Of("Gelu", 1, node =>
        {
            var approximate = node.Text("approximate", "none") switch
            {
                "none" => TorchSharp.Modules.GELU.Approximate.none,
                "tanh" => TorchSharp.Modules.GELU.Approximate.tanh,
                var other => throw node.Damaged($"has the approximation '{other}'"),
            };
            return x => functional.gelu(x[0], approximate);
        }, 20),
        OperatorDefinition.Of("PRelu", 2, _ => x => Prelu(x[0], x[1])) with { Weights = [1] },
        OperatorDefinition.Of("Softmax", 1, node => Softmax(node, (x, axis) => x.softmax(axis))),
        OperatorDefinition.Of("LogSoftmax", 1, node => Softmax(node, (x, axis) => x.log_softmax(axis))),
    ];

    private static OperatorDefinition Of(string name, Func<Tensor, Tensor> compute, long firstOpset = 7) =>
        OperatorDefinition.Of(name, 1, _ => x => compute(x[0]), firstOpset);

    // TorchSharp's public softplus makes scalars of its own, which nothing keeps alive.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "softplus1")]
    private static extern Tensor Softplus(Tensor x, Scalar beta, Scalar threshold);

    // The slope is broadcast as in arithmetic.
    private static Tensor Prelu(Tensor given, Tensor slope)
    {
        var (x, _) = Values.Together(given, slope);
        return x.clamp_min(Kept(0)).add(x.clamp_max(Kept(0)).mul(slope), One);
    }

    // Before opset 13 all axes from the given one on are one.
    private static Func<Tensor[], Tensor> Softmax(NodeReader node, Func<Tensor, long, Tensor> compute)
    {
        var axis = node.Integer("axis", node.Opset < 13 ? 1 : -1);
        if (node.Opset >= 13)
            return x => compute(x[0], Values.Axis(axis, x[0].dim(), node));
        return x =>
        {
            var first = Values.Axis(axis, x[0].dim(), node);
            return compute(x[0].flatten(first), first).reshape(x[0].shape);
        };
    }
}
