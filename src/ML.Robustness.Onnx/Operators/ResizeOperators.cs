using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Resizing, axis by axis: each new value is a weighted sum of one, two or four old ones.</summary>
internal static class ResizeOperators
{
    private const int AlignedSizes = 11, LargestSize = 1 << 22;

    internal static readonly OperatorDefinition[] All =
    [
        new("Resize", 10, 1, Resize) { Sizes = [3] }, new("Upsample", 7, 1, Upsample),
    ];

    private sealed record Settings(string Mode, string Coordinates, string Nearest, double CubicCoefficient,
        bool ExcludesOutside);

    private static Operation Upsample(NodeReader node)
    {
        var settings = new Settings(node.Text("mode", "nearest"), "asymmetric", "floor", 0, false);
        var scales = node.Opset < 9 ? node.Required(node.Numbers("scales"), "scales") : Scales(node, 1);
        return (x, batch) => [Run(node, x[0], settings, scales, null, null, batch)];
    }

    private static Operation Resize(NodeReader node)
    {
        if (node.Opset < AlignedSizes)
        {
            var older = new Settings(node.Text("mode", "nearest"), "asymmetric", "simple", 0, false);
            var given = Scales(node, 1);
            return (x, batch) => [Run(node, x[0], older, given, null, null, batch)];
        }
        var settings = new Settings(node.Text("mode", "nearest"), node.Text("coordinate_transformation_mode", "half_pixel"),
            node.Text("nearest_mode", "round_prefer_floor"), node.Number("cubic_coeff_a", -0.75),
            node.Flag("exclude_outside", false));
        node.Ignore("extrapolation_value");
        if (node.Flag("antialias", false))
            throw node.Unsupported("antialias");
        if (node.Text("keep_aspect_ratio_policy", "stretch") != "stretch")
            throw node.Unsupported("another keep_aspect_ratio_policy than stretch");
        if (settings.Coordinates is "tf_crop_and_resize")
            throw node.Unsupported("the coordinates tf_crop_and_resize");
        var axes = node.Integers("axes");
        if (node.HasInput(3))
        {
            var sizes = node.ConstantIntegersOrNull(3);
            return (x, batch) => [Run(node, x[0], settings, null, sizes ?? Values.Integers(x[3]), axes, batch)];
        }
        var scales = Scales(node, 2);
        return (x, batch) => [Run(node, x[0], settings, scales, null, axes, batch)];
    }

    private static float[] Scales(NodeReader node, int place) => node.Constant(place) is { } scales
        ? Values.Numbers(scales)
        : throw node.Unsupported("scales that other nodes compute from the input");

    private static Tensor Run(
        NodeReader node, Tensor x, Settings settings, float[]? scales, long[]? sizes, long[]? axes, BatchSize batch)
    {
        var rank = (int)x.dim();
        axes ??= [.. Enumerable.Range(0, rank).Select(axis => (long)axis)];
        if ((scales?.Length ?? sizes!.Length) != axes.Length)
            throw node.Damaged($"has {scales?.Length ?? sizes!.Length} scales or sizes for {axes.Length} axes");
        var value = x.alias();
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = Values.Axis(axes[i], rank, node);
            var length = x.shape[axis];
            // The sizes of a file that declares its batch say it again.
            if (axis == 0 && sizes is not null && sizes[i] == batch.Declared && length == batch.Rows)
                continue;
            var wanted = sizes is not null ? sizes[i] : (long)Math.Floor((double)length * scales![i]);
            Values.CheckSizes([.. value.shape[..axis], wanted, .. value.shape[(axis + 1)..]]);
            if (length < 1 || wanted > LargestSize)
                throw node.Damaged($"resizes {length} values to {wanted}: expected 1 or more, and {LargestSize} at most");
            var scale = scales is not null ? scales[i] : (float)wanted / length;
            if (wanted != length || scale != 1)
                value = Along(node, value, axis, wanted, scale, settings);
        }
        return value;
    }

    private static Tensor Along(NodeReader node, Tensor x, int axis, long wanted, float scale, Settings settings)
    {
        var length = x.shape[axis];
        var taps = settings.Mode switch
        {
            "nearest" => 1,
            "linear" => 2,
            "cubic" => 4,
            var other => throw node.Unsupported($"the mode '{other}'")
        };
        var (places, weights) = (new long[taps][], new double[taps][]);
        for (var tap = 0; tap < taps; tap++)
            (places[tap], weights[tap]) = (new long[wanted], new double[wanted]);
        for (var i = 0; i < wanted; i++)
        {
            double at = Coordinate(node, i, length, wanted, scale, settings.Coordinates);
            if (taps == 1)
            {
                (places[0][i], weights[0][i]) = (Math.Clamp(Nearest(node, (float)at, settings.Nearest, scale), 0, length - 1), 1);
                continue;
            }
            if (taps == 2)
                at = Math.Clamp(at, 0, length - 1);
            var first = (long)Math.Floor(at) - (taps == 4 ? 1 : 0);
            var sum = 0.0;
            for (var tap = 0; tap < taps; tap++)
            {
                var place = first + tap;
                var weight = taps == 2 ? 1 - Math.Abs(at - place) : Cubic(Math.Abs(at - place), settings.CubicCoefficient);
                if (settings.ExcludesOutside && (place < 0 || place >= length))
                    weight = 0;
                (places[tap][i], weights[tap][i]) = (Math.Clamp(place, 0, length - 1), weight);
                sum += weight;
            }
            for (var tap = 0; settings.ExcludesOutside && tap < taps; tap++)
                weights[tap][i] /= sum;
        }
        Tensor? result = null;
        for (var tap = 0; tap < taps; tap++)
        {
            var chosen = x.index_select(axis, Values.On(Values.OfIntegers(places[tap]), x));
            if (taps > 1)
            {
                var shape = new long[x.dim()];
                Array.Fill(shape, 1);
                shape[axis] = wanted;
                chosen = chosen.mul(
                    tensor(weights[tap], dtype: ScalarType.Float64, device: CPU).to(x.dtype).to(x.device).view(shape));
            }
            result = result is null ? chosen : result.add(chosen, One);
        }
        return result!;
    }

    // In single precision, as OnnxRuntime and the exporters have it: rounding decides which neighbour is nearest.
    private static float Coordinate(NodeReader node, long i, long length, long wanted, float scale, string coordinates)
    {
        switch (coordinates)
        {
            case "half_pixel":
                return (i + 0.5f) / scale - 0.5f;
            case "pytorch_half_pixel":
                return wanted > 1 ? (i + 0.5f) / scale - 0.5f : 0;
            case "align_corners":
                return wanted > 1 ? (float)(i * (length - 1)) / (wanted - 1) : 0;
            case "asymmetric":
                return i / scale;
            case "half_pixel_symmetric":
                var adjustment = wanted / (scale * length);
                return length / 2f * (1 - adjustment) + (i + 0.5f) / scale - 0.5f;
            default:
                throw node.Unsupported($"the coordinates '{coordinates}'");
        }
    }

    private static long Nearest(NodeReader node, float at, string mode, float scale) => mode switch
    {
        "round_prefer_floor" => (long)MathF.Ceiling(at - 0.5f),
        "round_prefer_ceil" => (long)MathF.Floor(at + 0.5f),
        "floor" => (long)MathF.Floor(at),
        "ceil" => (long)MathF.Ceiling(at),
        // Opset 10 leaves it open; OnnxRuntime rounds up where it makes axes smaller.
        "simple" => (long)(scale < 1 ? MathF.Ceiling(at) : MathF.Floor(at)),
        _ => throw node.Damaged($"has the nearest_mode '{mode}'"),
    };

    private static double Cubic(double distance, double a) => distance <= 1
        ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
        : distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0;
}
