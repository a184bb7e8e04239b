using ML.Robustness.Data;

namespace ML.Robustness.Models;

/// <summary>The number of values in the weights and buffers of the built-in networks, without making them.</summary>
internal static class ArchitectureSize
{
    /// <exception cref="OverflowException">The number is above <see cref="long.MaxValue"/>.</exception>
    internal static long MultilayerPerceptron(InputShape input, int classes, ReadOnlySpan<int> hidden)
    {
        var (values, inputs) = (0L, (long)input.Length);
        foreach (var width in hidden)
            (values, inputs) = (checked(values + Linear(inputs, width)), width);
        return checked(values + Linear(inputs, classes));
    }

    /// <exception cref="OverflowException">The number is above <see cref="long.MaxValue"/>.</exception>
    internal static long ConvNet(InputShape input, int classes, long width, long hidden)
    {
        // After two halvings that round up.
        long height = (((input.Height + 1L) / 2) + 1) / 2, breadth = (((input.Width + 1L) / 2) + 1) / 2;
        return checked(Convolution(input.Channels, width, 3) + width + Convolution(width, 2 * width, 3) + (2 * width)
            + Linear(2 * width * height * breadth, hidden) + Linear(hidden, classes));
    }

    /// <exception cref="OverflowException">The number is above <see cref="long.MaxValue"/>.</exception>
    internal static long ResidualNet(InputShape input, int classes, long width)
    {
        var values = checked(Convolution(input.Channels, width, 3) + Normalization(width));
        var channels = width;
        for (var stage = 0; stage < 4; stage++)
        {
            var wider = checked(width << stage);
            values = checked(values + Convolution(channels, wider, 3) + (3 * Convolution(wider, wider, 3))
                + (4 * Normalization(wider)));
            if (stage > 0)
                values = checked(values + Convolution(channels, wider, 1) + Normalization(wider));
            channels = wider;
        }

        return checked(values + Linear(channels, classes));
    }

    private static long Linear(long inputs, long outputs) => checked((inputs + 1) * outputs);

    private static long Convolution(long inputs, long outputs, long side) => checked(inputs * outputs * side * side);

    // Weight, bias, mean and variance of each channel, and the number of batches.
    private static long Normalization(long channels) => checked((4 * channels) + 1);
}
