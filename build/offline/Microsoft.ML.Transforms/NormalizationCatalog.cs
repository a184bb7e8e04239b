using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static class NormalizationCatalog
{
    public static NormalizingEstimator NormalizeMinMax(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = 1000000000, bool fixZero = true)
        => catalog.Normalize([(outputColumnName, inputColumnName)], maximumExampleCount, fixZero, NormalizingEstimator.Method.MinMax);

    public static NormalizingEstimator NormalizeMinMax(this TransformsCatalog catalog, InputOutputColumnPair[] columns,
        long maximumExampleCount = 1000000000, bool fixZero = true)
        => catalog.Normalize(InputOutputColumnPair.ConvertToValueTuples(columns), maximumExampleCount, fixZero, NormalizingEstimator.Method.MinMax);

    public static NormalizingEstimator NormalizeMeanVariance(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = 1000000000, bool fixZero = true, bool useCdf = false)
        => catalog.Normalize([(outputColumnName, inputColumnName)], maximumExampleCount, fixZero, MeanVariance(useCdf));

    public static NormalizingEstimator NormalizeMeanVariance(this TransformsCatalog catalog, InputOutputColumnPair[] columns,
        long maximumExampleCount = 1000000000, bool fixZero = true, bool useCdf = false)
        => catalog.Normalize(InputOutputColumnPair.ConvertToValueTuples(columns), maximumExampleCount, fixZero, MeanVariance(useCdf));

    private static NormalizingEstimator.Method MeanVariance(bool useCdf)
        => useCdf ? NormalizingEstimator.Method.MeanVarianceCdf : NormalizingEstimator.Method.MeanVariance;

    private static NormalizingEstimator Normalize(this TransformsCatalog catalog, (string outputColumnName, string inputColumnName)[] columns,
        long maximumExampleCount, bool fixZero, NormalizingEstimator.Method method)
        => new(catalog.GetEnvironment(), columns.Select(column => new NormalizingEstimator.ColumnOptions(
            column.outputColumnName, column.inputColumnName, maximumExampleCount, fixZero, method)).ToArray());
}
