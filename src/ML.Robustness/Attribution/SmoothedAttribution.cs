using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>Any method over noisy copies of each input: SmoothGrad, SmoothGrad-squared and VarGrad.</summary>
/// <remarks>
/// 1/n Σ method(x + N(0, σ²)), σ = <see cref="Noise"/> · (maximum − minimum of <see cref="Range"/>, or of the row:
/// <see cref="NoiseScale"/>); Smilkov et al., <see href="https://arxiv.org/abs/1706.03825"/>; VarGrad: Adebayo et al.,
/// <see href="https://arxiv.org/abs/1810.03307"/>. Noisy copies may leave the range, as in the paper: clipping them would shift
/// their mean. The target is that of the clean row. Copies of several samples go through the network together, and only running
/// sums are kept, so that memory grows with <see cref="AttributionMethod.BatchSize"/> and not with <see cref="Samples"/>.
/// </remarks>
public sealed class SmoothedAttribution : AttributionMethod
{
    private const ulong NoiseStream = 0x53_6D_6F_6F_74_68; // "Smooth"

    // The stack of a thread ends the process where calls are too deep.
    private const int MostDeep = 8;

    private readonly int _depth;

    /// <summary>Creates the method.</summary>
    /// <param name="inner">The method that is computed at each noisy copy; its batch size is taken over.</param>
    /// <exception cref="ArgumentNullException"><paramref name="inner"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="inner"/> is smoothed eight times already.</exception>
    public SmoothedAttribution(AttributionMethod inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
        _depth = inner is SmoothedAttribution smoothed ? smoothed._depth + 1 : 1;
        if (_depth > MostDeep)
            throw new ArgumentException(
                $"The method is smoothed {_depth - 1} times already, each time inside the next, and {MostDeep} is the "
                    + $"most: smooth "
                + "it once, with more samples.", nameof(inner));
        BatchSize = inner.BatchSize;
    }

    /// <summary>The method that is computed at each noisy copy.</summary>
    public AttributionMethod Inner { get; }

    /// <summary>The number of noisy copies of each row.</summary>
    /// <value>1 or more. The default is 50.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Samples { get; init => field = ArgumentChecks.AtLeast(value, 1); } = SmoothingDefaults.Samples;

    /// <summary>The noise's standard deviation, as a share of the range that <see cref="NoiseScale"/> names.</summary>
    /// <value>0 or more. The default is 0.15; the paper advises 0.1 to 0.2.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Noise { get; init => field = ArgumentChecks.NotNegative(value); } = SmoothingDefaults.Noise;

    /// <summary>The range of which the noise is a share.</summary>
    /// <value>The default is <see cref="NoiseScale.ValueRange"/>, which is <see cref="Range"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public NoiseScale NoiseScale { get; init => field = ArgumentChecks.Defined(value); }

    /// <summary>The values that inputs may hold; not read where the noise is a share of each row's own range.</summary>
    /// <value>A range with two finite ends. The default is [0, 1].</value>
    /// <exception cref="ArgumentException">The range has no finite span.</exception>
    public ValueRange Range
    {
        get;
        init => field = value.Maximum - value.Minimum is > 0 and < double.PositiveInfinity
            ? value
            : throw new ArgumentException(
                $"Noise is a share of the range's span, and {value} has none: " +
                "set Range to the least and the greatest value of your inputs, or NoiseScale to RowRange.", nameof(Range));
    } = ValueRange.Unit;

    /// <summary>The statistic of the copies' attributions.</summary>
    /// <value>The default is <see cref="NoiseCombination.Mean"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public NoiseCombination Combination { get; init => field = ArgumentChecks.Defined(value); }

    /// <summary>The noise that is added instead of drawn noise; null where noise is drawn.</summary>
    internal Tensor? GivenNoise { get; private init; }

    /// <summary>Returns the method with noise of your own, to repeat another program's results.</summary>
    /// <remarks><see cref="Noise"/>, <see cref="NoiseScale"/>, <see cref="Range"/> and the seed have no effect on it.</remarks>
    /// <param name="noise">
    /// (samples, N, …), finite: what is added to each of the N rows in each sample. It stays the caller's, and must live as long
    /// as the method.
    /// </param>
    /// <returns>The method of as many samples, for batches of exactly these N rows.</returns>
    /// <exception cref="ArgumentException">
    /// The noise is not a floating-point tensor of two or more dimensions, or is not finite.
    /// </exception>
    public SmoothedAttribution WithNoise(Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        if (noise.dim() < 2 || !noise.is_floating_point() || noise.shape[0] == 0)
        {
            throw new ArgumentException(
                $"Noise must be a floating-point tensor (samples, N, …), got {noise.dtype} of shape " +
                    $"{TensorShape.Text(noise)}.", nameof(noise));
        }

        if (!noise.isfinite().all().cpu().item<bool>())
            throw new ArgumentException("Noise must be finite, but has values that are not.", nameof(noise));
        return new SmoothedAttribution(Inner)
        {
            BatchSize = BatchSize,
            Samples = checked((int)noise.shape[0]),
            Noise = Noise,
            NoiseScale = NoiseScale,
            Range = Range,
            Combination = Combination,
            GivenNoise = noise,
        };
    }

    /// <summary>Returns the method as text, for example <c>Saliency, 50 samples, noise 0.15</c>.</summary>
    /// <returns>The inner method and the noise.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Inner}, {Samples} samples, {NoiseText()}{(Combination == NoiseCombination.Mean ? "" : $", {Combination}")}");

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
            var noisy = Noisy(context, first, copies, random);
            moments.Add(Inner.Explained(context.At(noisy, random)).detach(), copies);
        }
        return moments.Value().MoveToOuterDisposeScope();
    }

    private protected override void CheckBatch(Tensor inputs)
    {
        if (GivenNoise is { } noise && !noise.shape.AsSpan(1).SequenceEqual(inputs.shape))
        {
            throw new ArgumentException(
                $"The noise given to WithNoise is for a batch of shape {TensorShape.Text(noise.shape[1..])}, but the inputs " +
                $"are of shape {TensorShape.Text(inputs)}. Give noise of shape (samples, N, …) for these inputs.",
                nameof(inputs));
        }
    }

    private string NoiseText() => GivenNoise is not null
        ? "given noise"
        : string.Create(CultureInfo.InvariantCulture,
            $"noise {Noise:0.###}{(NoiseScale == NoiseScale.RowRange ? " of each row's range" : "")}");

    /// <summary>Copies of the batch one after another, each value with noise of its row and sample.</summary>
    private Tensor Noisy(AttributionContext context, int first, int copies, RowRandom random)
    {
        var shape = context.Inputs.shape;
        var copied = context.Inputs.unsqueeze(0).expand([copies, .. shape]).reshape([copies * shape[0], .. shape[1..]]);
        if (GivenNoise is { } given)
        {
            if (!context.IsClean)
                throw new InvalidOperationException(
                    "A method with given noise cannot be smoothed again: smooth with drawn noise inside, given noise outside.");
            return copied.add(
                given.narrow(0, first, copies).narrow(1, context.FirstRow, shape[0]).reshape(copied.shape)
                    .to(copied.dtype, copied.device), One);
        }

        if (Noise == 0)
            return copied;
        var noise = random.Normal(copied);
        return (NoiseScale == NoiseScale.RowRange ? noise.mul_(Spans(copied).mul_(Kept(Noise)))
            : noise.mul_(Kept(Deviation))).add_(copied, One);
    }

    /// <summary>The noise's standard deviation where it is a share of the range.</summary>
    private double Deviation => Noise * (Range.Maximum - Range.Minimum) is <= float.MaxValue and var deviation
        ? deviation
        : throw new ArgumentException(
            $"Noise of {Noise} times the span of {Range} is more than a Single holds: set Range to the least and the greatest "
            + "value of your inputs.");

    /// <summary>(N, 1, …): each row's greatest value minus its least.</summary>
    private static Tensor Spans(Tensor rows)
    {
        var values = rows.flatten(1);
        return RowBroadcast.Spread(values.amax([1]).sub(values.amin([1])), rows);
    }
}
