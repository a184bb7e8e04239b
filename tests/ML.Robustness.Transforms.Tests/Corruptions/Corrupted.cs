using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Corruptions;
using ML.Robustness.Transforms.Corruptions;

namespace ML.Robustness.Transforms.Tests.Corruptions;

/// <summary>Small images with labels, and what steps make of them.</summary>
internal static class Corrupted
{
    internal const int Height = 6, Width = 8;

    internal sealed class Sample
    {
        public float Number { get; set; }

        [VectorType(1, Height, Width)]
        public float[] Image { get; set; } = [];

        [VectorType(1, Height, Width)]
        public byte[] Bytes { get; set; } = [];

        [VectorType(Height * Width)]
        public float[] Flat { get; set; } = [];

        public string Text { get; set; } = "";
    }

    internal sealed class Changed
    {
        public float[] Corrupted { get; set; } = [];
    }

    internal static Sample[] Make(int rows = 30, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            var bytes = Enumerable.Range(0, Height * Width)
                .Select(i => (byte)(random.Next(60) + (i % Width / 3 == row % 3 ? 150 : 0))).ToArray();
            var image = Array.ConvertAll(bytes, value => value / 255f);
            return new Sample { Number = row % 3, Bytes = bytes, Image = image, Flat = image };
        })];
    }

    internal static IDataView View(MLContext ml, int rows = 30, int seed = 1) => ml.Data.LoadFromEnumerable(Make(rows, seed));

    internal static CorruptEstimator Estimator(MLContext ml, Action<CorruptEstimator.Options>? change = null)
    {
        var options = new CorruptEstimator.Options
        {
            OutputColumnName = "Corrupted",
            InputColumnName = "Image",
            Corruption = new GaussianNoise()
        };
        change?.Invoke(options);
        return ml.Transforms.Corrupt(options);
    }

    /// <summary>One column of vectors alone.</summary>
    internal static List<T[]> Vectors<T>(IDataView data, string column, Random? random = null)
    {
        using var cursor = data.GetRowCursor([data.Schema[column]], random);
        var get = cursor.GetGetter<VBuffer<T>>(data.Schema[column]);
        var rows = new List<T[]>();
        VBuffer<T> value = default;
        while (cursor.MoveNext())
        {
            get(ref value);
            rows.Add([.. value.DenseValues()]);
        }

        return rows;
    }
}
