using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Transforms.Tests.Onnx;

/// <summary>Rows of any shape in three classes, as numbers or bytes, and classifiers trained on them for a moment.</summary>
internal static class OnnxData
{
    internal const int Classes = 3;

    internal sealed class Row<T>
    {
        [KeyType(Classes)]
        public uint Label { get; set; }

        public T[] Features { get; set; } = [];
    }

    /// <summary>Rows in [0, 1], or bytes, whose classes differ in the brightness of a third of the values.</summary>
    internal static Row<T>[] Make<T>(int length, int rows = 24, int seed = 1)
    {
        var random = new Random(seed);
        float Value(int row, int i) => (0.6f * random.NextSingle()) + (i * Classes / length == row % Classes ? 0.4f : 0);
        return [.. Enumerable.Range(0, rows).Select(row => new Row<T>
        {
            Label = (uint)(row % Classes),
            Features = [.. Enumerable.Range(0, length).Select(i => Value(row, i)).Select(Convert<T>)],
        })];
    }

    internal static IDataView View<T>(MLContext ml, Row<T>[] rows, params int[] sizes)
    {
        var schema = SchemaDefinition.Create(typeof(Row<T>));
        PrimitiveDataViewType item = typeof(T) == typeof(byte) ? NumberDataViewType.Byte : NumberDataViewType.Single;
        schema["Features"].ColumnType = new VectorDataViewType(item, sizes);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    internal static NeuralClassifierTransformer Fit(
        MLContext ml, IDataView data, string architecture, InputShape? shape = null, int epochs = 2) =>
        ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = ModelArchitecture.Parse(architecture),
            InputShape = shape,
            Objective = new StandardObjective(),
            Optimizer = new AdamWOptions { LearningRate = 0.01 },
            Epochs = epochs,
            BatchSize = 8,
        }).Fit(data);

    private static T Convert<T>(float value) =>
        typeof(T) == typeof(byte) ? (T)(object)(byte)MathF.Round(value * 255) : (T)(object)value;
}
