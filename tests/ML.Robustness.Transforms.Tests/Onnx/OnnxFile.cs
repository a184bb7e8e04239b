using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Transforms.Onnx;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Onnx;

/// <summary>Writes models as ONNX files, and scores rows with them.</summary>
internal static class OnnxFile
{
    internal static string Write(MLContext ml, ITransformer model, IDataView data, string path, int opset = 12)
    {
        using var stream = File.Create(path);
        ml.Model.ConvertToOnnx(model, data, opset, stream);
        return path;
    }

    /// <summary>Scores and keys of rows one by one, as ML.NET runs the file.</summary>
    internal static List<(float[] Score, uint PredictedLabel)> ScoreRows(MLContext ml, string path, IDataView data)
    {
        using var onnx = Load(ml, path, data);
        var scored = onnx.Transform(data);
        return [.. TwoDimensionalClasses.ScoresOnly(scored).Zip(Column<uint>(scored, "PredictedLabel"))];
    }

    internal static OnnxTransformer Load(MLContext ml, string path, IDataView data) =>
        ml.Transforms.ApplyOnnxModel(path).Fit(data);

    /// <summary>A column of one value a row, which ML.NET gives as a vector.</summary>
    internal static List<T> Column<T>(IDataView scored, string name)
    {
        using var cursor = scored.GetRowCursor([scored.Schema[name]]);
        var getValue = cursor.GetGetter<VBuffer<T>>(scored.Schema[name]);
        var rows = new List<T>();
        VBuffer<T> value = default;
        while (cursor.MoveNext())
        {
            getValue(ref value);
            rows.Add(Assert.Single(value.DenseValues()));
        }

        return rows;
    }

    /// <summary>Scores and keys of rows in one batch, as ONNX Runtime itself runs the file.</summary>
    internal static List<(float[] Score, uint PredictedLabel)> ScoreBatch<T>(string path, int[] rowSizes, T[][] rows)
    {
        using var session = new InferenceSession(path);
        var inputs = session.InputMetadata.Keys.Select(name => name == "Features"
            ? NamedOnnxValue.CreateFromTensor(name,
                new DenseTensor<T>(rows.SelectMany(row => row).ToArray(), [rows.Length, .. rowSizes]))
            : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<uint>(new uint[rows.Length], [rows.Length, 1]))).ToList();
        using var outputs = session.Run(inputs, ["Score.output", "PredictedLabel.output"]);
        var scores = outputs[0].AsTensor<float>();
        var labels = outputs[1].AsTensor<uint>();
        return [
            .. Enumerable.Range(0, rows.Length).Select(row =>
                (Enumerable.Range(0, scores.Dimensions[1]).Select(i => scores[row, i]).ToArray(), labels[row, 0]))];
    }
}
