using Microsoft.ML;
using Microsoft.ML.Data;

namespace AttackAndEvaluate;

/// <summary>A contact sheet: originals over adversarial rows over ten times their difference.</summary>
internal static class ContactSheet
{
    private const int Scale = 4, Gap = 4;

    public static void Save(string path, MLContext ml, IDataView originals, IDataView verdicts, int count)
    {
        var type = (VectorDataViewType)originals.Schema["Features"].Type;
        var (height, width) = (type.Dimensions[1], type.Dimensions[2]);
        var clean = Pixels(originals);
        var attacked = Pixels(verdicts);
        var fallen = ml.Data.CreateEnumerable<Verdict>(verdicts, false).Select((verdict, row) => (verdict.Attack, row)).Where(entry => entry.Attack.Length > 0).Take(count).Select(entry => entry.row).ToArray();

        var (sheetWidth, sheetHeight) = (Gap + count * (width * Scale + Gap), Gap + 3 * (height * Scale + Gap));
        var sheet = Enumerable.Repeat((byte)255, sheetWidth * sheetHeight * 4).ToArray();
        for (var column = 0; column < fallen.Length; column++)
        {
            var (before, after) = (clean[fallen[column]], attacked[fallen[column]]);
            Func<int, float>[] panels = [i => before[i], i => after[i], i => 0.5f + 10 * (after[i] - before[i])];
            for (var panel = 0; panel < panels.Length; panel++)
                Draw(panels[panel], Gap + column * (width * Scale + Gap), Gap + panel * (height * Scale + Gap));
        }

        using var image = MLImage.CreateFromPixels(sheetWidth, sheetHeight, MLPixelFormat.Rgba32, sheet);
        image.Save(path);

        void Draw(Func<int, float> value, int left, int top)
        {
            for (var y = 0; y < height * Scale; y++)
            {
                for (var x = 0; x < width * Scale; x++)
                {
                    var shade = (byte)Math.Clamp(MathF.Round(255 * value(y / Scale * width + x / Scale)), 0, 255);
                    sheet.AsSpan(4 * ((top + y) * sheetWidth + left + x), 3).Fill(shade);
                }
            }
        }
    }

    // Bytes stand for their 255th part.
    private static float[][] Pixels(IDataView rows) => rows.Schema["Features"].Type is VectorDataViewType { ItemType: NumberDataViewType { RawType: var raw } } && raw == typeof(byte)
        ? [.. rows.GetColumn<byte[]>("Features").Select(row => Array.ConvertAll(row, value => value / 255f))]
        : [.. rows.GetColumn<float[]>("Features")];

    private sealed class Verdict
    {
        public string Attack { get; set; } = "";
    }
}
