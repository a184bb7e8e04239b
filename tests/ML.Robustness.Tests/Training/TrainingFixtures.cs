using ML.Robustness.Data;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Training;

/// <summary>Small networks and data for the tests of training.</summary>
internal static class TrainingFixtures
{
    internal static readonly InputShape Image = new(1, 8, 8);

    /// <summary>Images whose label is the bright quadrant, in [0, 1], bytes or floats.</summary>
    internal static LabeledDataset Quadrants(int rows, int seed = 1, bool bytes = false, int classes = 4)
    {
        using var scope = NewDisposeScope();
        var (pixels, labels) = QuadrantPixels(rows, seed, classes);
        var inputs = bytes ? tensor(pixels) : tensor(pixels.Select(value => value / 255f).ToArray());
        return LabeledDataset.FromTensors(inputs.view(rows, 64), tensor(labels), Image, classes);
    }

    internal static LabeledDataset StreamedQuadrants(int rows, int poolRows, int seed = 1)
    {
        var (pixels, labels) = QuadrantPixels(rows, seed, 4);
        return LabeledDataset.FromStream(
            () => Enumerable.Range(0, rows).Select(row => new LabeledRow(pixels.AsMemory(64 * row, 64), labels[row])), Image, 4,
            poolRows);
    }

    internal static LabeledDataset Vectors(float[][] rows, params long[] labels) => LabeledDataset.FromTensors(
        tensor(rows.SelectMany(row => row).ToArray()).view(rows.Length, rows[0].Length), tensor(labels),
        InputShape.Vector(rows[0].Length), (int)Math.Max(2, labels.Max() + 1));

    /// <summary>A linear layer with given weights, classes × inputs, and zero bias.</summary>
    internal static Sequential LinearNetwork(float[][] weights)
    {
        var layer = Linear(weights[0].Length, weights.Length);
        using (no_grad())
        using (NewDisposeScope())
        {
            layer.weight!.copy_(tensor(weights.SelectMany(row => row).ToArray()).view(weights.Length, weights[0].Length));
            layer.bias!.zero_();
        }

        return Sequential(("layer", layer));
    }

    /// <summary>Two convolutions, batch normalisation, dropout and a linear layer, always with the same weights.</summary>
    internal static Sequential ConvolutionalNetwork(double dropout = 0, int width = 6, int classes = 4)
    {
        using var generator = new Generator(3);
        var network = Sequential(
            ("conv1", Conv2d(1, width, 3L, 1L, 1L)),
            ("norm", BatchNorm2d(width)),
            ("relu1", ReLU()),
            ("pool", MaxPool2d(2L)),
            ("conv2", Conv2d(width, width, 3L, 1L, 1L)),
            ("relu2", ReLU()),
            ("flatten", Flatten()),
            ("dropout", Dropout(dropout)),
            ("linear", Linear(width * 16, classes)));
        using (no_grad())
        using (NewDisposeScope())
        {
            foreach (var (name, parameter) in network.named_parameters())
            {
                if (name.StartsWith("norm", StringComparison.Ordinal)) continue;
                parameter.copy_(randn(parameter.shape, generator: generator).mul_(0.2));
            }
        }

        return network;
    }

    /// <summary>A network of the caller's own whose convolutions have channels-last weights, always the same ones.</summary>
    internal static Sequential ChannelsLastNetwork()
    {
        var network = ConvolutionalNetwork();
        using var quiet = no_grad();
        foreach (var (name, layer) in network.named_children())
        {
            if (layer is not Conv2d convolution) continue;
            var (weight, inputs) = (convolution.weight, convolution.in_channels);
            using var scope = NewDisposeScope();
            // Written out, since a permutation keeps the stride of a single channel; a copy, since optimisers change no views.
            var values = weight.permute(0, 2, 3, 1).contiguous().as_strided(weight.shape, [9 * inputs, 1, 3 * inputs, inputs])
                .clone();
            convolution.weight = new Parameter(values.DetachFromDisposeScope());
        }

        return network;
    }

    internal static byte[][] Weights(Module network)
    {
        using var scope = NewDisposeScope();
        return [
            .. network.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => entry.Value.detach().cpu().contiguous().bytes.ToArray())];
    }

    private static (byte[] Pixels, long[] Labels) QuadrantPixels(int rows, int seed, int classes)
    {
        var random = new Random(seed);
        var pixels = new byte[rows * 64];
        var labels = new long[rows];
        for (var row = 0; row < rows; row++)
        {
            labels[row] = row % classes;
            var (top, left) = (labels[row] / 2 % 2 * 4, labels[row] % 2 * 4);
            for (var y = 0; y < 8; y++)
                for (var x = 0; x < 8; x++)
                {
                    var bright = y >= top && y < top + 4 && x >= left && x < left + 4;
                    pixels[64 * row + 8 * y + x] = (byte)(random.Next(120) + (bright ? 100 : 0));
                }
        }

        return (pixels, labels);
    }
}
