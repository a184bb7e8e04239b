using System.Globalization;
using ML.Robustness.AttackGeometry;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>
/// By how much the score falls where a window is covered; asks for no gradient, so that any network can be explained.
/// </summary>
/// <remarks>
/// Zeiler and Fergus, <see href="https://arxiv.org/abs/1311.2901"/>. A window slides over the image and covers all channels at
/// once; a pixel's value is the fall of the score, averaged over the windows that cover it, spread evenly over the channels so
/// that their sum is the fall. Of vectors (N, length), whose neighbours need have nothing in common, one value at a time is
/// covered.
/// </remarks>
public sealed class Occlusion : AttributionMethod
{
    /// <summary>The window's side in pixels, cut to the image where that is smaller.</summary>
    /// <value>One or more. The default is 4.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Window { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 4;

    /// <summary>The number of pixels that the window moves by; the last window ends at the edge.</summary>
    /// <value>From one to <see cref="Window"/>, so that no pixel is left out. The default is 2.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Stride { get; init => field = ArgumentChecks.AtLeast(value, 1); } = 2;

    /// <summary>The value that covers.</summary>
    /// <value>Any finite number, in the input's range. The default is 0.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double Baseline { get; init => field = ArgumentChecks.Finite(value); }

    /// <summary>Returns the method as text, for example <c>Occlusion 4, stride 2</c>.</summary>
    /// <returns>The name, window and stride.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{nameof(Occlusion)} {Window}, stride {Stride}");

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The stride is larger than the window.</exception>
    protected internal override Tensor Explain(AttributionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (Stride > Window)
            throw new InvalidOperationException(
                $"A stride of {Stride} leaves pixels between windows of {Window} out: set Stride to {Window} or less.");
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var frame = new SquareImageView(context.Inputs);
        var images = frame.View(context.Inputs);
        var windows = Windows(frame, isVector: context.Inputs.dim() == 2);
        var scores = context.Scores;
        var falls = zeros_like(images.narrow(1, 0, 1)); // (N, 1, H, W)
        var covers = zeros([1, 1, frame.Height, frame.Width], images.dtype, images.device);
        for (var first = 0; first < windows.Count; first += context.Copies)
        {
            using var pass = NewDisposeScope();
            var block = windows.GetRange(first, Math.Min(context.Copies, windows.Count - first));
            var covered = images.unsqueeze(0).expand([block.Count, .. images.shape]).clone();
            for (var i = 0; i < block.Count; i++)
                Cut(covered.select(0, i), block[i]).fill_(Kept(Baseline));
            var shape = context.Inputs.shape;
            var left = context.Score(covered.reshape([block.Count * shape[0], .. shape[1..]]))
                .reshape(block.Count, shape[0], 1, 1, 1);
            for (var i = 0; i < block.Count; i++)
            {
                Cut(falls, block[i]).add_(scores.reshape(-1, 1, 1, 1).sub(left.select(0, i)), One);
                Cut(covers, block[i]).add_(Kept(1), One);
            }
        }
        var values = falls.div_(covers).div_(Kept(frame.Channels)).expand(images.shape);
        return frame.Restore(values).MoveToOuterDisposeScope();
    }

    private static Tensor Cut(Tensor images, (long Top, long Left, long Height, long Width) window) =>
        images.narrow(2, window.Top, window.Height).narrow(3, window.Left, window.Width);

    private List<(long Top, long Left, long Height, long Width)> Windows(SquareImageView frame, bool isVector)
    {
        var (height, width) = isVector ? (1, 1) : (Math.Min(Window, frame.Height), Math.Min(Window, frame.Width));
        var lefts = Starts(frame.Width, width, isVector ? 1 : Stride);
        var windows = new List<(long, long, long, long)>();
        foreach (var top in Starts(frame.Height, height, isVector ? 1 : Stride))
            windows.AddRange(lefts.Select(left => (top, left, height, width)));
        return windows;
    }

    private static List<long> Starts(long length, long window, long stride)
    {
        var starts = new List<long>();
        for (long start = 0; start + window < length; start += stride)
            starts.Add(start);
        starts.Add(length - window);
        return starts;
    }
}
