using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Models;

/// <summary>The check of a built-in network's input: some wrong shapes would end the process inside libtorch.</summary>
internal static class NetworkInput
{
    public static void Check(string network, InputShape expected, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shape = input.shape;
        var wanted = expected.Batch(shape.Length > 0 ? shape[0] : 0);
        if (!shape.AsSpan().SequenceEqual(wanted))
            throw new ArgumentException(
                $"{network} expected inputs of shape (N, {string.Join(", ", wanted[1..])}), got {TensorShape.Text(shape)}.",
                nameof(input));
    }

    public static void CheckSizes(InputShape input, int classes)
    {
        if (input.Length == 0)
            throw new ArgumentException("The input shape is empty: give InputShape its sizes.", nameof(input));
        if (classes < 2)
            throw new ArgumentOutOfRangeException(nameof(classes), classes, "A classifier needs two classes or more.");
    }

    public static void CheckImage(string network, InputShape input, int classes)
    {
        CheckSizes(input, classes);
        if (!input.IsImage)
            throw new ArgumentException(
                $"{network} needs images, channels × height × width, but the input is a vector of {input}: use "
                    + $"MultilayerPerceptron.", nameof(input));
    }
}
