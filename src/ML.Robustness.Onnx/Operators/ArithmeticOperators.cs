using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Arithmetic, value by value, with broadcasting.</summary>
internal static class ArithmeticOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        Unary("Abs", x => x.abs()), Unary("Neg", x => x.neg()), Unary("Exp", x => x.exp()), Unary("Log", x => x.log()),
        Unary("Sqrt", x => x.sqrt()), Unary("Reciprocal", x => x.reciprocal()), Unary("Floor", x => x.floor()),
        Unary("Ceil", x => x.ceil()), Unary("Round", x => x.round(), 11), Unary("Sign", x => x.sign(), 9),
        Unary("Erf", x => x.erf(), 9), Unary("Sin", x => x.sin()), Unary("Cos", x => x.cos()), Unary("Tan", x => x.tan()),
        Unary("Asin", x => x.asin()), Unary("Acos", x => x.acos()), Unary("Atan", x => x.atan()),
        Unary("Sinh", x => x.sinh(), 9), Unary("Cosh", x => x.cosh(), 9), Unary("Asinh", x => x.asinh(), 9),
        Unary("Acosh", x => x.acosh(), 9), Unary("Atanh", x => x.atanh(), 9),
        Unary("Not", x => x.logical_not()), Unary("IsNaN", x => x.isnan(), 9), Unary("Identity", x => x.alias()),
        Binary("Add", (x, y) => x.add(y, One)) with { Weights = [0, 1] }, Binary("Sub", (x, y) => x.sub(y)),
        Binary("Mul", (x, y) => x.mul(y)) with { Weights = [0, 1] },
        Binary("Div", (x, y) => x.is_floating_point() || y.is_floating_point() ? x.div(y)
            : ByMinusOne(y, y => x.div(y, RoundingMode.trunc), x.neg())),
        Binary("Equal", (x, y) => x.eq(y)), Binary("Greater", (x, y) => x.gt(y)), Binary("Less", (x, y) => x.lt(y)),
        Binary("GreaterOrEqual", (x, y) => x.ge(y), 12), Binary("LessOrEqual", (x, y) => x.le(y), 12),
        Binary("And", (x, y) => x.logical_and(y)), Binary("Or", (x, y) => x.logical_or(y)),
        Binary("Xor", (x, y) => x.logical_xor(y)),
        Many("Sum", values => values.Aggregate((x, y) => x.add(y, One))),
        Many("Max", values => values.Aggregate((x, y) => x.maximum(y))),
        Many("Min", values => values.Aggregate((x, y) => x.minimum(y))),
        Many("Mean", values => values.Aggregate((x, y) => x.add(y, One)).div(Kept(values.Length))),
        OperatorDefinition.Of("Pow", 2, Power),
        OperatorDefinition.Of("Mod", 2, node =>
        {
            var truncates = node.Flag("fmod", false);
            return x =>
            {
                var (first, second) = Values.Together(x[0], x[1]);
                Tensor Rest(Tensor by) => truncates ? first.fmod(by) : first.remainder(by);
                return first.is_floating_point() || second.is_floating_point() ? Rest(second)
                    : ByMinusOne(second, Rest, zeros_like(first));
            };
        }, 10),
        OperatorDefinition.Of("Clip", 1, Clip),
        OperatorDefinition.Of("Where", 3, _ => x =>
        {
            var (yes, no) = Values.Together(x[1], x[2]);
            Values.CheckBroadcast(x);
            return where(Values.On(x[0], yes), yes, no);
        }, 9),
        OperatorDefinition.Of("Cast", 1, Cast),
        OperatorDefinition.Of("CastLike", 2, _ => x => x[1].is_floating_point()
            ? ToNumber(x[0]) : x[0].to(x[1].dtype), 15),
        OperatorDefinition.Of("Dropout", 1, node =>
        {
            node.Ignore("ratio", "seed");
            if (node.HasOutput(1))
                throw node.Unsupported("a mask as its second output");
            if (node.HasInput(2) && node.ConstantIntegersOrNull(2) is not [0])
                throw node.Unsupported("training_mode set");
            return x => x[0].alias();
        }),
    ];

    // The smallest integer divided by -1 ends the process.
    private static Tensor ByMinusOne(Tensor divisor, Func<Tensor, Tensor> divide, Tensor quotient)
    {
        using var isMinusOne = divisor.eq(Kept(-1));
        return where(isMinusOne, quotient, divide(divisor.masked_fill(isMinusOne, Kept(1))));
    }

    private static OperatorDefinition Unary(string name, Func<Tensor, Tensor> compute, long firstOpset = 7) =>
        OperatorDefinition.Of(name, 1, _ => x => compute(x[0]), firstOpset);

    private static OperatorDefinition Binary(string name, Func<Tensor, Tensor, Tensor> compute, long firstOpset = 7) =>
        OperatorDefinition.Of(name, 2, _ => x =>
        {
            var (first, second) = Values.Together(x[0], x[1]);
            return compute(first, second);
        }, firstOpset);

    private static OperatorDefinition Many(string name, Func<Tensor[], Tensor> compute) =>
        OperatorDefinition.Of(name, 1, _ => x =>
        {
            Values.CheckBroadcast(x);
            return x.Length == 1 ? x[0].alias() : compute(x);
        });

    private static Func<Tensor[], Tensor> Power(NodeReader node)
    {
        // A single exponent known before needs no logarithm, also of numbers below zero.
        if (node.Constant(1) is { } constant && constant.numel() == 1 && constant.dim() <= 1)
        {
            var exponent = Values.Numbers(constant)[0];
            return x => x[0].is_floating_point() || exponent != (long)exponent ? x[0].pow(Kept(exponent))
                : x[0].pow(Kept((long)exponent));
        }
        return x =>
        {
            var (first, second) = Values.Together(x[0], x[1]);
            return first.pow(second);
        };
    }

    private static Func<Tensor[], Tensor> Clip(NodeReader node)
    {
        if (node.Opset < 11)
        {
            var (minimum, maximum) = (node.Number("min", float.MinValue), node.Number("max", float.MaxValue));
            return x => x[0].clamp(Kept(minimum), Kept(maximum));
        }
        if (Bound(1) is var (least, isLeast) && Bound(2) is var (most, isMost))
        {
            return x => !x[0].is_floating_point() ? Between(x)
                : isLeast && isMost ? x[0].clamp(Kept(least), Kept(most))
                : isLeast ? x[0].clamp_min(Kept(least)) : isMost ? x[0].clamp_max(Kept(most)) : x[0].alias();
        }
        return Between;

        static Tensor Between(Tensor[] x)
        {
            var value = x.Length > 1 && x[1] is not null ? x[0].maximum(Values.On(x[1], x[0])) : x[0].alias();
            return x.Length > 2 && x[2] is not null ? value.minimum(Values.On(x[2], x[0])) : value;
        }

        (double Value, bool IsGiven)? Bound(int place) => !node.HasInput(place) ? (0, false)
            : node.Constant(place) is { } value ? (Values.Numbers(value)[0], true) : null;
    }

    private static Func<Tensor[], Tensor> Cast(NodeReader node)
    {
        node.Ignore("saturate", "round_mode");
        var type = (DataType)node.Integer("to", 0);
        return type switch
        {
            DataType.Float or DataType.Double
                or DataType.Float16 or DataType.Bfloat16 => x => ToNumber(x[0]),
            DataType.Bool => x => x[0].to(ScalarType.Bool),
            DataType.Int64 => x => x[0].to(ScalarType.Int64),
            DataType.Int32 => x => Narrow(x[0], ScalarType.Int32),
            DataType.Int16 => x => Narrow(x[0], ScalarType.Int16),
            DataType.Int8 => x => Narrow(x[0], ScalarType.Int8),
            DataType.Uint8 => x => Narrow(x[0], ScalarType.Byte),
            _ => throw node.Unsupported($"the type {type}"),
        };
    }

    // Integers are of 64 bits throughout; what a smaller type cannot hold wraps around.
    private static Tensor Narrow(Tensor value, ScalarType type) =>
        value.to(ScalarType.Int64).to(type).to(ScalarType.Int64);

    // Numbers stay of the network's type.
    private static Tensor ToNumber(Tensor value) => value.is_floating_point() ? value.alias() : value.to(ScalarType.Float32);
}
