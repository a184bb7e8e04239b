using static TorchSharp.torch;

namespace ML.Robustness.Numerics;

/// <summary>Checks of class labels, one for each row.</summary>
internal static class ClassLabels
{
    /// <summary>Checks that the labels are an Int64 vector and returns them.</summary>
    /// <param name="labels">The class of each row.</param>
    /// <param name="name">The caller's parameter.</param>
    /// <param name="subject">What they are, at the start of a sentence.</param>
    internal static Tensor Check(Tensor labels, string name, string subject = "Labels")
    {
        ArgumentNullException.ThrowIfNull(labels, name);
        return labels.dim() == 1 && labels.dtype == ScalarType.Int64
            ? labels
            : throw new ArgumentException(
                $"{subject} must be an Int64 tensor of shape (N), got {labels.dtype} {TensorShape.Text(labels)}.", name);
    }

    /// <summary>Checks that the labels are among the network's classes.</summary>
    /// <param name="bounds">The least and the greatest label.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="name">The caller's parameter; null where the labels are part of another.</param>
    /// <param name="subject">What they are, at the start of a sentence.</param>
    internal static void Check((long Least, long Greatest) bounds, long classes, string? name = null, string subject = "Labels")
    {
        if (bounds.Least < 0 || bounds.Greatest >= classes)
        {
            throw new ArgumentException(
                $"{subject} must lie in 0…{classes - 1}, since the network has {classes} classes, " +
                $"but span [{bounds.Least}, {bounds.Greatest}].", name);
        }
    }

    /// <summary>The least and the greatest label, read from the device.</summary>
    internal static (long Least, long Greatest) Bounds(Tensor labels)
    {
        using var scope = NewDisposeScope();
        return (labels.min().cpu().item<long>(), labels.max().cpu().item<long>());
    }
}
