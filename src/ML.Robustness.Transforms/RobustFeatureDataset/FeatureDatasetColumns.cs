using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The columns that the step adds: new features and labels and the requested further columns, in this order.</summary>
internal sealed class FeatureDatasetColumns : OutputColumns<FeatureDatasetColumns.Output>
{
    private FeatureDatasetColumns(IEnumerable<(Output Kind, string? Name)> columns)
        : base(columns)
    {
    }

    internal enum Output
    {
        Features,
        Label,
        StartIndex,
        FeatureDistance,
        Success,
        EnsembleCorrect,
        IsKept,
    }

    internal static FeatureDatasetColumns Of(RobustFeatureDatasetEstimator.Options options, string inputColumnName)
    {
        var columns = new FeatureDatasetColumns(
        [
            (Output.Features, options.OutputColumnName ?? inputColumnName),
            (Output.Label, options.OutputLabelColumnName ?? options.LabelColumnName),
            (Output.StartIndex, options.StartIndexColumnName), (Output.FeatureDistance, options.FeatureDistanceColumnName),
            (Output.Success, options.SuccessColumnName), (Output.EnsembleCorrect, options.EnsembleCorrectColumnName),
        ]);
        columns.CheckNames(nameof(options));
        return columns;
    }

    /// <summary>The same columns and a last one that marks the rows to keep.</summary>
    internal FeatureDatasetColumns WithKept() =>
        new([.. Columns.Select(column => (column.Kind, (string?)column.Name)), (Output.IsKept, "IsKept")]);

    internal DataViewSchema.DetachedColumn[] For(
        DataViewSchema.Column features, DataViewSchema.Column label) => Array.ConvertAll(Columns, output => output.Kind switch
    {
        // What is said of the old slots and keys holds for the new.
        Output.Features => new DataViewSchema.DetachedColumn(output.Name, features.Type, features.Annotations),
        Output.Label => new(output.Name, label.Type, label.Annotations),
        Output.StartIndex => new(output.Name, NumberDataViewType.Int64, null),
        Output.FeatureDistance => new(output.Name, NumberDataViewType.Single, null),
        _ => new(output.Name, BooleanDataViewType.Instance, null),
    });

    internal SchemaShape ShapeFor(SchemaShape inputSchema, string featureColumnName, string labelColumnName)
    {
        var features = ColumnShapes.Find(inputSchema, featureColumnName)!.Value;
        var label = ColumnShapes.Find(inputSchema, labelColumnName)!.Value;
        return ColumnShapes.With(inputSchema, Array.ConvertAll(Columns, output => output.Kind switch
        {
            Output.Features => ColumnShapes.Vector(output.Name, features.ItemType, [.. features.Annotations]),
            Output.Label when label.IsKey => ColumnShapes.Key(output.Name, [.. label.Annotations]),
            Output.Label => ColumnShapes.Scalar(output.Name, label.ItemType, [.. label.Annotations]),
            Output.StartIndex => ColumnShapes.Scalar(output.Name, NumberDataViewType.Int64),
            Output.FeatureDistance => ColumnShapes.Scalar(output.Name, NumberDataViewType.Single),
            _ => ColumnShapes.Scalar(output.Name, BooleanDataViewType.Instance),
        }));
    }

    internal static FeatureDatasetColumns Read(CheckedReader reader) => new(ReadColumns(reader));
}
