using ML.Robustness.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Testing;

/// <summary>Logits W x + b of a few hundred values at most: the network whose distances to the boundary are known in closed
/// form.</summary>
internal sealed class AffineNetwork : Module<Tensor, Tensor>
{
    private readonly Parameter weights;
    private readonly Parameter bias;

    public AffineNetwork(int inputs, int classes, ulong seed = 31, ScalarType type = ScalarType.Float64)
        : base(nameof(AffineNetwork))
    {
        using (NewDisposeScope())
        {
            weights = new Parameter(new RowRandom(seed).Normal(zeros([classes, inputs], type)));
            bias = new Parameter(new RowRandom(seed).Derive(1).Normal(zeros([1, classes], type)));
            weights.DetachFromDisposeScope();
            bias.DetachFromDisposeScope();
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return input.flatten(1).unsqueeze(1).mul(weights).sum(2).add(bias).MoveToOuterDisposeScope();
    }

    /// <summary>The least change of each row that makes another class win, by hand: the nearest of the boundaries to
    /// each.</summary>
    public double[] LeastChange(Tensor inputs, string norm, double low = double.NegativeInfinity,
        double high = double.PositiveInfinity)
    {
        using var scope = NewDisposeScope();
        var logits = call(inputs);
        var classes = (int)logits.shape[1];
        var rows = new double[inputs.shape[0]];
        for (var row = 0; row < rows.Length; row++)
        {
            var values = Plain(inputs[row]);
            var outputs = Plain(logits[row]);
            var label = Array.IndexOf(outputs, outputs.Max());
            rows[row] = Enumerable.Range(0, classes).Where(rival => rival != label).Min(rival =>
            {
                var normal = Plain(weights[rival]).Zip(Plain(weights[label]), (a, b) => a - b).ToArray();
                return Crossing(values, normal, outputs[label] - outputs[rival], norm, low, high).Length;
            });
        }
        return rows;
    }

    /// <summary>
    /// The shortest step whose product with the normal is the gain (above zero), each value staying inside the range: by
    /// bisection of the multiplier in Karush's, Kuhn's and Tucker's conditions; infinite where there is none.
    /// </summary>
    public static (double Length, double[] Step) Crossing(double[] values, double[] normal, double gain, string norm, double low,
        double high)
    {
        var room = values.Select((value, i) => normal[i] > 0 ? high - value : value - low).ToArray();
        double[] Move(double multiplier) =>
            [.. normal.Select((weight, i) => weight == 0 ? 0 : Math.Sign(weight) * Math.Min(room[i], norm switch
        {
            "LInf" => multiplier,
            "L2" => multiplier * Math.Abs(weight),
            _ => throw new ArgumentException(norm),
        }))];
        double Gain(double multiplier) => Move(multiplier).Zip(normal, (a, b) => a * b).Sum();
        var step = norm == "L1" ? Fill() : Move(Bisect());
        var reached = step.Zip(normal, (a, b) => a * b).Sum() >= gain * (1 - 1e-9);
        return (reached ? Length(step) : double.PositiveInfinity, step);

        double Bisect()
        {
            var (least, greatest) = (0.0, 1e9);
            for (var i = 0; i < 200; i++)
            {
                var middle = (least + greatest) / 2;
                (least, greatest) = Gain(middle) < gain ? (middle, greatest) : (least, middle);
            }
            return greatest;
        }
        double[] Fill()
        {
            var (left, filled) = (gain, new double[values.Length]);
            foreach (var i in Enumerable.Range(0, values.Length).Where(i => normal[i] != 0)
                .OrderByDescending(i => Math.Abs(normal[i])))
            {
                var length = Math.Min(room[i], left / Math.Abs(normal[i]));
                filled[i] = Math.Sign(normal[i]) * length;
                left -= length * Math.Abs(normal[i]);
            }
            return filled;
        }
        double Length(double[] change) => norm switch
        {
            "LInf" => change.Max(Math.Abs),
            "L2" => Math.Sqrt(change.Sum(value => value * value)),
            _ => change.Sum(Math.Abs),
        };
    }

    private static double[] Plain(Tensor tensor) => tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
}
