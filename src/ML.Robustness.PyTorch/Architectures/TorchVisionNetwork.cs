using ML.Robustness.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.PyTorch.Architectures;

/// <summary>A network of TorchVision: what it takes, and how large it is.</summary>
/// <param name="Name">The name in Python.</param>
/// <param name="SmallestSize">The fewest pixels of a side.</param>
/// <param name="ValuesOf1000">The values of its parameters and buffers for 1000 classes.</param>
/// <param name="ValuesOfClass">The values for one class.</param>
/// <param name="Create">Makes it, for a number of classes, with random weights.</param>
internal sealed record TorchVisionNetwork(
    string Name, int SmallestSize, long ValuesOf1000, int ValuesOfClass, Func<int, Module<Tensor, Tensor>> Create)
{
    private const int Channels = 3, Classes = 1000;

    /// <summary>The values of its parameters and buffers.</summary>
    internal long Values(int classes) => ValuesOf1000 + ((classes - Classes) * (long)ValuesOfClass);

    /// <summary>Makes the network.</summary>
    /// <exception cref="ArgumentException">It does not take inputs of the shape.</exception>
    internal Module<Tensor, Tensor> Make(InputShape input, int classes) =>
        input.IsImage && input.Channels == Channels && Math.Min(input.Height, input.Width) >= SmallestSize
            ? Create(classes)
            : throw new ArgumentException(
                $"TorchVision's {Name} takes images of {Channels} channels and {SmallestSize}×{SmallestSize} pixels or more, got "
                    + $"{input}. Give another inputShape, or choose another architecture.", nameof(input));
}
