using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Imaging;

namespace ML.Robustness.Transforms.Tests.Imaging;

/// <summary>Rows of small images and attributions, and readers of pictures.</summary>
internal static class AttributionMaps
{
    internal const int Height = 2, Width = 3;

    internal sealed class Row
    {
        public float Number { get; set; }

        [VectorType(Height, Width)]
        public float[] Attribution { get; set; } = [];

        [VectorType(Height * Width)]
        public float[] Flat { get; set; } = [];

        [VectorType(3, Height, Width)]
        public float[] Features { get; set; } = [];

        [VectorType(1, Height, Width)]
        public byte[] Bytes { get; set; } = [];

        [ImageType(Height, Width)]
        public MLImage? Image { get; set; }
    }

    internal static Row[] Make(int rows = 5)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            var values = Array.ConvertAll(new float[Height * Width], _ => 2 * random.NextSingle() - 1);
            var features = Array.ConvertAll(new float[3 * Height * Width], _ => random.NextSingle());
            return new Row
            {
                Number = row,
                Attribution = values,
                Flat = values,
                Features = features,
                Bytes = [.. features.Take(Height * Width).Select(value => (byte)(255 * value))],
                Image = MLImageConversion.ToImage(Of(features)),
            };
        })];
    }

    internal static IDataView View(MLContext ml, int rows = 5) => ml.Data.LoadFromEnumerable(Make(rows));

    internal static RgbImage Of(float[] features) =>
        RgbImage.FromValues(features, new(features.Length / (Height * Width), Height, Width), ValueRange.Unit);

    internal static List<RgbImage> Pictures(IDataView data, string column, Random? random = null)
    {
        using var cursor = data.GetRowCursor([data.Schema[column]], random);
        return Pictures(cursor, column);
    }

    internal static List<RgbImage> Pictures(DataViewRowCursor cursor, string column)
    {
        var getter = cursor.GetGetter<MLImage>(cursor.Schema[column]);
        var pictures = new List<RgbImage>();
        MLImage image = null!;
        while (cursor.MoveNext())
        {
            getter(ref image);
            pictures.Add(MLImageConversion.Of(image));
            image.Dispose();
        }

        return pictures;
    }
}
