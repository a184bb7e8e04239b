using static TorchSharp.torch;

namespace ML.Robustness.Models;

/// <summary>The channels-last memory layout, in which libtorch pools images much faster on a CPU.</summary>
/// <remarks>
/// libtorch's convolutions and poolings hand the layout of their input on, so that a network lays out its input only.
/// Its weights keep their default strides: TorchSharp's own files need them.
/// </remarks>
internal static class ChannelsLast
{
    /// <summary>The same values, (N, C, H, W), in channels-last layout; gradients pass through.</summary>
    public static Tensor Of(Tensor images)
    {
        var shape = images.shape;
        // One channel lies right as it is, but a permutation would keep strides that libtorch reads as the default ones.
        var pixels = shape[1] == 1 ? images.reshape(shape[0], shape[2], shape[3], 1) : images.permute(0, 2, 3, 1).contiguous();
        return pixels.permute(0, 3, 1, 2);
    }
}
