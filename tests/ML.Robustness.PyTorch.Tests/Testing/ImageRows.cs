using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.PyTorch.Tests.Testing;

/// <summary>Rows of any shape in three classes, which differ in the brightness of a third of the values.</summary>
internal static class ImageRows
{
    internal static readonly string[] Classes = ["red", "green", "blue"];

    internal sealed class Row
    {
        public string Kind { get; set; } = "";

        public float[] Features { get; set; } = [];
    }

    /// <summary>Rows with the columns Features and Label, a key.</summary>
    internal static IDataView View(MLContext ml, InputShape shape, int rows, int seed)
    {
        var random = new Random(seed);
        float Value(int row, int i) => (0.6f * random.NextSingle()) + (i * 3L / shape.Length == row % 3 ? 0.4f : 0);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = shape.IsImage
            ? new VectorDataViewType(NumberDataViewType.Single, shape.Channels, shape.Height, shape.Width)
            : new VectorDataViewType(NumberDataViewType.Single, shape.Length);
        var view = ml.Data.LoadFromEnumerable([.. Enumerable.Range(0, rows).Select(row => new Row
        {
            Kind = Classes[row % 3],
            Features = [.. Enumerable.Range(0, shape.Length).Select(i => Value(row, i))],
        })], schema);
        return ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(view).Transform(view);
    }

    internal static float[] Scores(NeuralClassifierTransformer classifier, IDataView data) =>
        [.. classifier.Transform(data).GetColumn<float[]>("Score").SelectMany(row => row)];
}
