using ML.Robustness.Layers;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>The first layer of a network: subtracts the mean and divides by the standard deviation of each channel.</summary>
/// <remarks>
/// Inside the network, so that attacks, threat models and images stay in the user's own range. Mean and deviation are buffers:
/// they are saved with the weights and never trained.
/// </remarks>
public sealed class InputNormalization : Module<Tensor, Tensor>, IInputLayer
{
    private readonly int _channels;
    private readonly Tensor mean;
    private readonly Tensor deviation;

    /// <summary>Creates the layer.</summary>
    /// <param name="mean">One finite number for each channel, or a single one for all; for vectors, channels are the
    /// values.</param>
    /// <param name="standardDeviation">As many finite numbers above zero.</param>
    /// <exception cref="ArgumentException">Lengths differ or are zero, or a number is not as described.</exception>
    public InputNormalization(float[] mean, float[] standardDeviation)
        : base(LibTorch.Loaded(nameof(InputNormalization)))
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(standardDeviation);
        if (mean.Length == 0 || mean.Length != standardDeviation.Length)
            throw new ArgumentException(
                $"Normalisation needs one mean and one standard deviation for each channel, "
                    + $"got {mean.Length} and {standardDeviation.Length}.", nameof(standardDeviation));
        if (!Array.TrueForAll(mean, float.IsFinite))
            throw new ArgumentException("Means must be finite.", nameof(mean));
        if (!Array.TrueForAll(standardDeviation, static value => float.IsFinite(value) && value > 0))
            throw new ArgumentException("Standard deviations must be finite numbers above zero.", nameof(standardDeviation));
        _channels = mean.Length;
        this.mean = tensor(mean, device: CPU);
        deviation = tensor(standardDeviation, device: CPU);
        RegisterComponents();
    }

    /// <summary>Normalises a batch.</summary>
    /// <param name="input">(N, C, …).</param>
    /// <returns>(input − mean) / standard deviation; the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input has other channels than the layer.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shape = input.shape;
        if (shape.Length < 2 || (_channels > 1 && shape[1] != _channels))
            throw new ArgumentException(
                $"InputNormalization of {_channels} channels expected inputs (N, {_channels}, …), got "
                    + $"{TensorShape.Text(shape)}.", nameof(input));
        using var scope = NewDisposeScope();
        var spread = new long[shape.Length];
        Array.Fill(spread, 1);
        spread[1] = _channels;
        return input.sub(mean.view(spread)).div(deviation.view(spread)).MoveToOuterDisposeScope();
    }
}
