using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.RawFeatures;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A column that a step makes of others.</summary>
/// <param name="Output">The column.</param>
/// <param name="Inputs">The columns that it is made of, one after the other.</param>
/// <param name="Make">Makes the function of them, which has gradients; null where their values are the column's.</param>
internal sealed record StepFunction(string Output, IReadOnlyList<string> Inputs, Func<ColumnFunction>? Make);

/// <summary>Which steps of ML.NET have gradients, and what they compute.</summary>
internal static class StepFunctions
{
    /// <summary>The names of the steps, for messages.</summary>
    internal const string Names = "Concatenate, CopyColumns, SelectColumns, ConvertType, ReplaceMissingValues, "
        + "IndicateMissingValues, the normalisers, ProjectToPrincipalComponents and ApproximatedKernelMap";

    /// <summary>The columns that a step makes; null where it is none with gradients.</summary>
    /// <param name="step">The step.</param>
    /// <param name="before">The schema of the rows before it.</param>
    /// <param name="after">The schema of the rows that it gives.</param>
    internal static IEnumerable<StepFunction>? Of(ITransformer step, DataViewSchema before, DataViewSchema after)
    {
        switch (step)
        {
            case ColumnSelectingTransformer:
                return [];
            case ColumnConcatenatingTransformer concatenate:
                return StepColumns.Of(concatenate).Select(column => new StepFunction(column.Output, column.Inputs, null));
            case ColumnCopyingTransformer copy:
                return Pairs(copy, static _ => null);
            case TypeConvertingTransformer convert
                when StepColumns.Of(convert).All(pair => HasNumbers(before[pair.Input]) && HasNumbers(after[pair.Output])):
                return Pairs(convert, static _ => null);
            case NormalizingTransformer normalize:
                return Pairs(normalize, pair => () => NormalizerOf(normalize.GetNormalizerModelParameters(pair)));
            case MissingValueReplacingTransformer replace:
                return Pairs(replace, pair => () => ReplacementOf(replace, before, StepColumns.Of(replace)[pair]));
            case MissingValueIndicatorTransformer indicate:
                return Pairs(indicate, static _ => static () => new MissingFunction());
            case LpNormNormalizingTransformer norm:
                return Pairs(norm, pair => () =>
                {
                    var (kind, isCentered, scale) = StepParameters.Of(norm, pair);
                    return new NormFunction(kind, isCentered, scale);
                });
            case PrincipalComponentAnalysisTransformer project:
                return Pairs(project, pair => () =>
                {
                    var (vectors, mean) = StepParameters.Of(project, pair);
                    return new ProjectionFunction(vectors, mean);
                });
            case ApproximatedKernelTransformer map:
                return Pairs(map, pair => () =>
                {
                    var (frequencies, rotations) = StepParameters.Of(map, pair);
                    return new KernelMapFunction(frequencies, rotations);
                });
            default:
                return null;
        }
    }

    /// <summary>Whether a column's values stay what they are as Single: integers would be rounded.</summary>
    private static bool HasNumbers(DataViewSchema.Column column)
    {
        var item = ItemOf(column);
        return item == NumberDataViewType.Single || item == NumberDataViewType.Double || item is BooleanDataViewType;
    }

    private static DataViewType ItemOf(DataViewSchema.Column column) =>
        column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;

    private static IEnumerable<StepFunction> Pairs(OneToOneTransformerBase step, Func<int, Func<ColumnFunction>?> make) =>
        StepColumns.Of(step).Select((pair, place) => new StepFunction(pair.Output, [pair.Input], make(place)));

    private static ColumnFunction NormalizerOf(object parameters) => parameters switch
    {
        NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>> affine =>
            new AffineFunction([.. affine.Scale], affine.Offset.IsDefaultOrEmpty ? null : [.. affine.Offset]),
        NormalizingTransformer.AffineNormalizerModelParameters<float> affine =>
            new AffineFunction([affine.Scale], affine.Offset == 0 ? null : [affine.Offset]),
        NormalizingTransformer.CdfNormalizerModelParameters<ImmutableArray<float>> cdf =>
            new CdfFunction([.. cdf.Mean], [.. cdf.StandardDeviation], cdf.UseLog),
        NormalizingTransformer.CdfNormalizerModelParameters<float> cdf =>
            new CdfFunction([cdf.Mean], [cdf.StandardDeviation], cdf.UseLog),
        NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<float>> bins =>
            new BinFunction([.. bins.UpperBounds.Select(bounds => bounds.ToArray())], [.. bins.Density],
                bins.Offset.IsDefaultOrEmpty ? [] : [.. bins.Offset]),
        NormalizingTransformer.BinNormalizerModelParameters<float> bins =>
            new BinFunction([[.. bins.UpperBounds]], [bins.Density], [bins.Offset]),
        _ => throw new NotSupportedException($"the normaliser has {parameters.GetType().Name}, which is none that is known"),
    };

    private static ReplacementFunction ReplacementOf(
        MissingValueReplacingTransformer step, DataViewSchema schema, (string Output, string Input) pair)
    {
        if (ItemOf(schema[pair.Input]) != NumberDataViewType.Single)
            throw new NotSupportedException(
                $"ReplaceMissingValues reads column '{pair.Input}' of {schema[pair.Input].Type}, and has gradients of "
                    + $"Single here");
        // A row of which every value is missing.
        var column = RawColumns.Of(schema, [pair.Input], [pair.Input]);
        var replaced = step.Transform(new RawRowsView(column, [.. Enumerable.Repeat(float.NaN, column.Length)]));
        return new ReplacementFunction(ColumnNumbers.Read(replaced, pair.Output));
    }
}
