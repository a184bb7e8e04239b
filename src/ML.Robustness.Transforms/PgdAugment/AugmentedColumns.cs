using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The columns that the step adds: the adversarial examples and the requested further columns, in this order.</summary>
internal sealed class AugmentedColumns : OutputColumns<AugmentedColumns.Output>
{
    private AugmentedColumns(IEnumerable<(Output Kind, string? Name)> columns)
        : base(columns)
    {
    }

    internal enum Output
    {
        Adversarial,
        Success,
        Distance,
        PredictedLabel,
    }

    internal static AugmentedColumns Of(PgdAugmentEstimator.Options options)
    {
        var columns = new AugmentedColumns(
        [
            (Output.Adversarial, options.OutputColumnName), (Output.Success, options.SuccessColumnName),
            (Output.Distance, options.DistanceColumnName), (Output.PredictedLabel, options.PredictedLabelColumnName),
        ]);
        columns.CheckNames(nameof(options));
        return columns;
    }

    /// <summary>The adversarial examples alone.</summary>
    internal static AugmentedColumns Only(string adversarial) => new([(Output.Adversarial, adversarial)]);

    internal DataViewSchema.DetachedColumn[] For(DataViewSchema.Column features, NeuralClassifierTransformer classifier)
    {
        DataViewSchema.DetachedColumn Column((Output Kind, string Name) output) => output.Kind switch
        {
            // What is said of the original's slots holds for the example's.
            Output.Adversarial => new(output.Name, features.Type, features.Annotations),
            Output.Success => new(output.Name, BooleanDataViewType.Instance, null),
            Output.Distance => new(output.Name, NumberDataViewType.Single, null),
            _ => new(output.Name, new KeyDataViewType(typeof(uint), classifier.Classes), ValuesOf(classifier)),
        };
        return Array.ConvertAll(Columns, Column);
    }

    internal SchemaShape ShapeFor(SchemaShape inputSchema, PgdAugmentParameters attack)
    {
        var features = ColumnShapes.Find(inputSchema, attack.Features.Name)!.Value;
        SchemaShape.Column Shape((Output Kind, string Name) output) => output.Kind switch
        {
            Output.Adversarial => ColumnShapes.Vector(output.Name, features.ItemType, [.. features.Annotations]),
            Output.Success => ColumnShapes.Scalar(output.Name, BooleanDataViewType.Instance),
            Output.Distance => ColumnShapes.Scalar(output.Name, NumberDataViewType.Single),
            _ =>
                ColumnShapes.Key(output.Name,
                    attack.Classifier.KeyValues is { } values ? [ColumnShapes.Vector(KeyValues.Kind, values.Type.ItemType)] : []),
        };
        return ColumnShapes.With(inputSchema, Array.ConvertAll(Columns, Shape));
    }

    internal static AugmentedColumns Read(CheckedReader reader) => new(ReadColumns(reader));

    private static DataViewSchema.Annotations? ValuesOf(NeuralClassifierTransformer classifier)
    {
        if (classifier.KeyValues is not { } values)
            return null;
        var annotations = new DataViewSchema.Annotations.Builder();
        values.AddTo(annotations, KeyValues.Kind);
        return annotations.ToAnnotations();
    }
}
