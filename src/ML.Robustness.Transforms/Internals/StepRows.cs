using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace ML.Robustness.Transforms.Internals;

/// <summary>The rows that a step gives, in the form in which <c>ConvertToOnnx</c> finds the step behind them.</summary>
/// <remarks>It walks from a chain's last rows back to its first; rows of another form would count as the data.</remarks>
/// <param name="rows">The rows.</param>
/// <param name="source">The rows that the step was given.</param>
/// <param name="step">The step.</param>
/// <param name="saveAsOnnx">Adds the step to a graph; null for a step that cannot be exported.</param>
internal sealed class StepRows(IDataView rows, IDataView source, ITransformer step, Action<OnnxGraph>? saveAsOnnx = null)
    : ITransformCanSaveOnnx
{
    public DataViewSchema Schema => rows.Schema;

    public bool CanShuffle => rows.CanShuffle;

    IDataView IDataTransform.Source => source;

    public long? GetRowCount() => rows.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        rows.GetRowCursor(columnsNeeded, rand);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        rows.GetRowCursorSet(columnsNeeded, n, rand);

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => saveAsOnnx is not null ? true : throw CannotBeExported();

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx) => saveAsOnnx!(new OnnxGraph(ctx));

    void ICanSaveModel.Save(ModelSaveContext ctx) => step.Save(ctx);

    private InvalidOperationException CannotBeExported()
    {
        const string Transformer = nameof(Transformer);
        var name = step.GetType().Name;
        name = name.EndsWith(Transformer, StringComparison.Ordinal) ? name[..^Transformer.Length] : name;
        return new InvalidOperationException(
            $"{name} cannot be exported to ONNX: of this library's steps, only the classifier can. Append {name} with "
                + "TransformerScope.TrainTest, which ConvertToOnnx leaves out, or give ConvertToOnnx a chain without it. Where "
                + $"{name} made the input data, give ConvertToOnnx ml.Data.Cache of them.");
    }
}
