using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace AttackAndEvaluate;

/// <summary>
/// A contact sheet: original images, adversarial images, and ten times their difference, grey where there is none.
/// </summary>
internal static class ContactSheet
{
    public static void Save(string path, MLContext ml, IDataView originals, IDataView results, int count)
    {
        var type = (VectorDataViewType)originals.Schema["Features"].Type;
        var shape = new InputShape(type.Dimensions[0], type.Dimensions[1], type.Dimensions[2]);
        // Misclassified rows come first.
        var rows = ml.Data.CreateEnumerable<RowResult>(results, false).Select((result, row) => (result.Attack, row))
            .OrderBy(entry => entry.Attack.Length == 0).Take(count).Select(entry => entry.row).ToArray();
        float[][] clean = Pixels(originals), attacked = Pixels(results);
        var images = rows.Select(row => Draw(clean[row]))
            .Concat(rows.Select(row => Draw(attacked[row])))
            .Concat(rows.Select(row => Draw([.. attacked[row].Zip(clean[row], Difference)])));
        new ImageGrid { Enlarge = 4, Gap = 4 }.Draw([.. images], columns: rows.Length).SavePng(path);

        static float Difference(float after, float before) => 0.5f + 10 * (after - before);

        RgbImage Draw(float[] values) => RgbImage.FromValues(values, shape, ValueRange.Unit);
    }

    // A byte b means b / 255.
    private static float[][] Pixels(IDataView data) =>
        ((VectorDataViewType)data.Schema["Features"].Type).ItemType.RawType == typeof(byte)
        ? [.. data.GetColumn<byte[]>("Features").Select(row => Array.ConvertAll(row, value => value / 255f))]
        : [.. data.GetColumn<float[]>("Features")];

    private sealed class RowResult
    {
        public string Attack { get; set; } = "";
    }
}
