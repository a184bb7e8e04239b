using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace AttackAndEvaluate;

/// <summary>A contact sheet: originals over adversarial rows over ten times their difference, grey where there is none.</summary>
internal static class ContactSheet
{
    public static void Save(string path, MLContext ml, IDataView originals, IDataView verdicts, int count)
    {
        var type = (VectorDataViewType)originals.Schema["Features"].Type;
        var shape = new InputShape(type.Dimensions[0], type.Dimensions[1], type.Dimensions[2]);
        // The rows that fell come first.
        var rows = ml.Data.CreateEnumerable<Verdict>(verdicts, false).Select((verdict, row) => (verdict.Attack, row)).OrderBy(entry => entry.Attack.Length == 0).Take(count).Select(entry => entry.row).ToArray();
        float[][] clean = Pixels(originals), attacked = Pixels(verdicts);
        var pictures = rows.Select(row => RgbImage.FromValues(clean[row], shape, ValueRange.Unit))
            .Concat(rows.Select(row => RgbImage.FromValues(attacked[row], shape, ValueRange.Unit)))
            .Concat(rows.Select(row => RgbImage.FromValues([.. attacked[row].Zip(clean[row], (after, before) => 0.5f + 10 * (after - before))], shape, ValueRange.Unit)));
        new ImageGrid { Enlarge = 4, Gap = 4 }.Draw([.. pictures], columns: rows.Length).SavePng(path);
    }

    // Bytes stand for their 255th part.
    private static float[][] Pixels(IDataView data) => data.Schema["Features"].Type is VectorDataViewType { ItemType: NumberDataViewType { RawType: var raw } } && raw == typeof(byte)
        ? [.. data.GetColumn<byte[]>("Features").Select(row => Array.ConvertAll(row, value => value / 255f))]
        : [.. data.GetColumn<float[]>("Features")];

    private sealed class Verdict
    {
        public string Attack { get; set; } = "";
    }
}
