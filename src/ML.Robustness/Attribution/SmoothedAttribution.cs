using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>Any method over noisy copies of each input: SmoothGrad, SmoothGrad-squared and VarGrad.</summary>
/// <remarks>
/// 1/n Σ method(x + N(0, σ²)), σ = <see cref="Noise"/> · (maximum − minimum of <see cref="Range"/>); Smilkov et al.,
/// <see href="https://arxiv.org/abs/1706.03825"/>; VarGrad: Adebayo et al., <see href="https://arxiv.org/abs/1810.03307"/>. Noisy copies may leave the range, as in
/// the paper: clipping them would shift their mean. The target is settled at the clean row. Copies of several samples go through the network together, and
/// only running sums are kept, so that memory grows with <see cref="AttributionMethod.BatchSize"/> and not with <see cref="Samples"/>.
/// </remarks>
public sealed class SmoothedAttribution : AttributionMethod
{
    private const ulong NoiseStream = 0x53_6D_6F_6F_74_68; // "Smooth"

    private readonly int _samples = 50;
    private readonly double _noise = 0.15;
    private readonly ValueRange _range = ValueRange.Unit;

    /// <summary>Creates the method.</summary>
    /// <param name="inner">What is computed at each noisy copy; its pass size is taken over.</param>
    /// <exception cref="ArgumentNullException"><paramref name="inner"/> is null.</exception>
    public SmoothedAttribution(AttributionMethod inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
        BatchSize = inner.BatchSize;
    }

    /// <summary>Gets what is computed at each noisy copy.</summary>
    public AttributionMethod Inner { get; }

    /// <summary>Gets how many noisy copies of each row are explained.</summary>
    /// <value>One or more. The default is 50.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Samples
    {
        get => _samples;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Samples));
            _samples = value;
        }
    }

    /// <summary>Gets the noise's standard deviation, as a share of the span of <see cref="Range"/>.</summary>
    /// <value>Zero or more. The default is 0.15; the paper advises 0.1 to 0.2.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Noise
    {
        get => _noise;
        init => _noise = ArgumentChecks.NotNegative(value);
    }

    /// <summary>Gets the values that inputs may hold.</summary>
    /// <value>A range with two finite ends. The default is [0, 1].</value>
    /// <exception cref="ArgumentException">The range has no finite span.</exception>
    public ValueRange Range
    {
        get => _range;
        init => _range = value.Maximum - value.Minimum is > 0 and < double.PositiveInfinity
            ? value
            : throw new ArgumentException($"Noise is a share of the range's span, and {value} has none: set Range to the least and the greatest value of your inputs.", nameof(Range));
    }

    /// <summary>Gets what is made of the copies' attributions.</summary>
    /// <value>The default is <see cref="NoiseCombination.Mean"/>.</value>
    public NoiseCombination Combination { get; init; }

    /// <summary>Returns the method as text, for example <c>Saliency, 50 samples, noise 0.15</c>.</summary>
    /// <returns>The inner method and the noise.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Inner}, {Samples} samples, noise {Noise:0.###}{(Combination == NoiseCombination.Mean ? "" : $", {Combination}")}");

    /// <inheritdoc/>
    protected internal override Tensor Explain(AttributionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = NewDisposeScope();
        var moments = new RunningMoments(context.Inputs, Combination);
        for (var first = 0; first < Samples; first += context.Copies)
        {
            using var pass = NewDisposeScope();
            var copies = Math.Min(context.Copies, Samples - first);
            var random = context.Random.Derive(NoiseStream).Repeat(context.Inputs.shape[0], first, copies);
            var noisy = Noisy(context.Inputs, copies, random);
            moments.Add(Inner.Explained(context.At(noisy, random)).detach(), copies);
        }
        return moments.Value().MoveToOuterDisposeScope();
    }

    /// <summary>Copies of the batch one after another, each value with noise of its row and sample.</summary>
    private Tensor Noisy(Tensor inputs, int copies, RowRandom random)
    {
        var shape = inputs.shape;
        var copied = inputs.unsqueeze(0).expand([copies, .. shape]).reshape([copies * shape[0], .. shape[1..]]);
        return Noise == 0 ? copied : random.Normal(copied).mul_(Noise * (Range.Maximum - Range.Minimum)).add_(copied);
    }
}
