using System.Globalization;
using System.Runtime.InteropServices;
using ML.Robustness.Persistence;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Data;

/// <summary>
/// The result of one pass over a data set: rows, classes and a digest; the pass throws at the first row that cannot be used.
/// </summary>
internal sealed record DatasetInspection(long Rows, int Classes, int LeastLabel, string Digest)
{
    private const int InspectedAtOnce = 1024;

    internal static DatasetInspection Of(LabeledDataset data, string name, FeatureRanges ranges, bool withDigest,
        CancellationToken cancellation)
    {
        using var digest = withDigest ? new RowDigest() : null;
        var counts = new long[data.Classes];
        var rows = 0L;
        foreach (var batch in data.Batches(InspectedAtOnce, null))
        {
            using (batch)
            using (NewDisposeScope())
            {
                cancellation.ThrowIfCancellationRequested();
                CheckValues(batch, name, ranges);
                var labels = batch.Labels.cpu().data<long>().ToArray();
                for (var i = 0; i < labels.Length; i++)
                {
                    if (labels[i] < 0 || labels[i] >= data.Classes)
                        throw new ArgumentException(
                            $"Row {batch.RowNumbers[i]} of the {name} set has label {labels[i]}, but labels go from 0 "
                                + $"to {data.Classes - 1}.", nameof(data));
                    counts[labels[i]]++;
                }

                if (digest is not null)
                    Add(batch, labels, digest);
                rows += batch.Count;
            }
        }

        // An empty part of a whole is a part like any other; an empty whole is a mistake.
        if (rows == 0 && data.FirstRow == 0)
            throw new ArgumentException($"The {name} set has no rows.", nameof(data));
        return new DatasetInspection(rows, counts.Count(count => count > 0), Array.FindIndex(counts, count => count > 0),
            digest?.ToString() ?? "");
    }

    private static void Add(LabeledBatch batch, long[] labels, RowDigest digest)
    {
        var inputs = batch.Inputs.cpu().contiguous().bytes;
        var length = inputs.Length / labels.Length;
        for (var i = 0; i < labels.Length; i++)
            digest.Add(batch.RowNumbers[i], inputs.Slice(i * length, length), MemoryMarshal.AsBytes(labels.AsSpan(i, 1)));
    }

    private static void CheckValues(LabeledBatch batch, string name, FeatureRanges ranges)
    {
        var values = batch.Inputs.flatten(1); // (N, length)
        var good = ranges.Each is null ? AreInside(values, ranges.Hull) : AreInside(values, ranges);
        if (good is null) return;
        var row = FirstFalse(good.all(1));
        var position = FirstFalse(good.select(0, row));
        var value = values.select(0, row).select(0, position).cpu().item<float>();
        var range = ranges.Each?[position] ?? ranges.Hull;
        var where =
            $"Row {batch.RowNumbers[row]} of the {name} set has {value.ToString(CultureInfo.InvariantCulture)} at "
                + $"position {position}";
        throw new ArgumentException(
            float.IsFinite(value)
                ? string.Create(CultureInfo.InvariantCulture,
                    $"{where}, outside the threat model's range {range}{(ranges.Each is null ? "" : " of that feature")}. "
                        + $"Scale the inputs, or give the threat model another ValueRange.")
                : $"{where}. Inputs must be finite: replace or drop missing values first.",
            nameof(batch));
    }

    /// <summary>Which values are finite and in the range, (N, length); null if all are.</summary>
    private static Tensor? AreInside(Tensor values, ValueRange range)
    {
        var (least, greatest) = (range.Minimum - Tolerance(range), range.Maximum + Tolerance(range));
        var (minimum, maximum) = (values.min().cpu().item<float>(), values.max().cpu().item<float>());
        return float.IsFinite(minimum) && float.IsFinite(maximum) && minimum >= least && maximum <= greatest
            ? null
            : values.isfinite().logical_and(values.ge(Kept(least))).logical_and(values.le(Kept(greatest)));
    }

    private static Tensor? AreInside(Tensor values, FeatureRanges ranges)
    {
        var good = values.isfinite()
            .logical_and_(values.ge(ranges.Row(values, static range => range.Minimum - Tolerance(range))))
            .logical_and_(values.le(ranges.Row(values, static range => range.Maximum + Tolerance(range))));
        return good.all().cpu().item<bool>() ? null : good;
    }

    private static double Tolerance(ValueRange range) => 1e-6 * Math.Min(range.Maximum - range.Minimum, 1e6);

    private static int FirstFalse(Tensor flags) => Array.IndexOf(flags.cpu().data<bool>().ToArray(), false);
}
