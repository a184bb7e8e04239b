using ML.Robustness.Data;
using ML.Robustness.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>One of the networks of <see cref="Models"/>, and the number of its values without making it.</summary>
internal sealed record BuiltInNetwork : NetworkSource
{
    private readonly int[] _sizes;

    /// <exception cref="ArgumentOutOfRangeException">A size is below one.</exception>
    internal BuiltInNetwork(string name, params int[] sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        foreach (var size in sizes)
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(sizes));
        (Name, _sizes) = (name, [.. sizes]);
    }

    internal override string Name { get; }

    internal override Module<Tensor, Tensor> Make(InputShape input, int classes) => Name switch
    {
        nameof(MultilayerPerceptron) => new MultilayerPerceptron(input, classes, _sizes),
        nameof(ConvNet) => new ConvNet(input, classes, _sizes[0], _sizes[1]),
        _ => new ResidualNet(input, classes, _sizes[0]),
    };

    internal override void CheckSize(InputShape input, int classes, long others, WeightTable weights) =>
        weights.CheckValues(
            Values(input, classes) is { } values && values <= long.MaxValue - others ? values + others : null,
            $"{this} for inputs of {input} and {classes} classes");

    /// <summary>The number of values in weights and buffers; null where it is beyond all bounds.</summary>
    internal long? Values(InputShape input, int classes)
    {
        try
        {
            return Name switch
            {
                nameof(MultilayerPerceptron) => PerceptronSize(input, classes, _sizes),
                nameof(ConvNet) => ConvNetSize(input, classes, _sizes[0], _sizes[1]),
                _ => ResidualNetSize(input, classes, _sizes[0]),
            };
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    public override string ToString() => $"{Name}({List(_sizes)})";

    private static long PerceptronSize(InputShape input, int classes, ReadOnlySpan<int> hidden)
    {
        var (values, inputs) = (0L, (long)input.Length);
        foreach (var width in hidden)
            (values, inputs) = (checked(values + LinearSize(inputs, width)), width);
        return checked(values + LinearSize(inputs, classes));
    }

    private static long ConvNetSize(InputShape input, int classes, long width, long hidden)
    {
        // After two halvings that round up.
        long height = (((input.Height + 1L) / 2) + 1) / 2, breadth = (((input.Width + 1L) / 2) + 1) / 2;
        return checked(ConvolutionSize(input.Channels, width, 3) + width + ConvolutionSize(width, 2 * width, 3) + (2 * width)
            + LinearSize(2 * width * height * breadth, hidden) + LinearSize(hidden, classes));
    }

    private static long ResidualNetSize(InputShape input, int classes, long width)
    {
        var values = checked(ConvolutionSize(input.Channels, width, 3) + NormalizationSize(width));
        var channels = width;
        for (var stage = 0; stage < 4; stage++)
        {
            var wider = checked(width << stage);
            values = checked(values + ConvolutionSize(channels, wider, 3) + (3 * ConvolutionSize(wider, wider, 3))
                + (4 * NormalizationSize(wider)));
            if (stage > 0)
                values = checked(values + ConvolutionSize(channels, wider, 1) + NormalizationSize(wider));
            channels = wider;
        }

        return checked(values + LinearSize(channels, classes));
    }

    private static long LinearSize(long inputs, long outputs) => checked((inputs + 1) * outputs);

    private static long ConvolutionSize(long inputs, long outputs, long side) => checked(inputs * outputs * side * side);

    // Weight, bias, mean and variance of each channel, and the number of batches.
    private static long NormalizationSize(long channels) => checked((4 * channels) + 1);
}
