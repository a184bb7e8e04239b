using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;

namespace ML.Robustness.Transforms.Internals;

/// <summary>The parameters of fitted steps that ML.NET does not show.</summary>
internal static class StepParameters
{
    /// <summary>The eigenvectors of a column, and the projected mean; null where it was not centred.</summary>
    internal static (float[][] Vectors, float[]? Mean) Of(PrincipalComponentAnalysisTransformer step, int pair)
    {
        var column = PrivateFields.Read<Array>(step, "_transformInfos").GetValue(pair)!;
        // Oversampling leaves more of them than are used.
        var rank = PrivateFields.Read<int>(column, "Rank");
        var mean = PrivateFields.Read<float[]?>(column, "MeanProjected");
        return (PrivateFields.Read<float[][]>(column, "Eigenvectors")[..rank], mean?[..rank]);
    }

    /// <summary>The frequencies of a column, and its rotations; null where cosines and sines are taken.</summary>
    internal static (float[][] Frequencies, float[]? Rotations) Of(ApproximatedKernelTransformer step, int pair)
    {
        var column = PrivateFields.Read<Array>(step, "_transformInfos").GetValue(pair)!;
        var (sources, frequencies) = (PrivateFields.Read<int>(column, "SrcDim"), PrivateFields.Read<int>(column, "NewDim"));
        var aligned = PrivateFields.Read<object>(column, "RndFourierVectors");
        // Rows are padded to the length of the processor's vectors.
        var alignment = PrivateFields.Read<int>(aligned, "_cbAlign") / sizeof(float);
        var (vectors, padding) = (NumbersOf(aligned), (sources + alignment - 1) / alignment * alignment);
        var rotations = PrivateFields.Read<object?>(column, "RotationTerms");
        return (
            [.. Enumerable.Range(0, frequencies).Select(row => vectors.AsSpan(row * padding, sources).ToArray())],
            rotations is null ? null : NumbersOf(rotations)[..frequencies]);
    }

    /// <summary>The norm of a column ("L2", "L1", "Infinity" or "StandardDeviation"), whether its mean is subtracted, and the
    /// scale.</summary>
    internal static (string Norm, bool IsCentered, float Scale) Of(LpNormNormalizingTransformer step, int pair)
    {
        var column = PrivateFields.Read<Array>(step, "_columns").GetValue(pair)!;
        return (
            PrivateFields.Read<object>(column, "Norm").ToString()!, PrivateFields.Read<bool>(column, "EnsureZeroMean"),
            PrivateFields.Read<float>(column, "Scale"));
    }

    /// <summary>The models of all pairs of classes: (0, 0), (1, 0), (1, 1), (2, 0) …</summary>
    internal static object[] PairsOf(PairwiseCouplingModelParameters model) =>
        [.. PrivateFields.Read<Array>(model, "_predictors").Cast<object>()];

    /// <summary>The columns of features, one for each field.</summary>
    internal static IReadOnlyList<string> FieldsOf(ITransformer step) =>
        PrivateFields.Read<IReadOnlyList<string>>(step, "FeatureColumns");

    /// <summary>A factorization machine's weights, latent vectors (feature, field, place), the places used, and whether rows are
    /// normalised.</summary>
    internal static (float[] Linear, float[] Latent, int Length, bool IsNormalized) Of(
        FieldAwareFactorizationMachineModelParameters model) => (
        PrivateFields.Read<float[]>(model, "_linearWeights"),
        NumbersOf(PrivateFields.Read<object>(model, "_latentWeightsAligned")),
        PrivateFields.Read<int>(model, "LatentDimAligned"), PrivateFields.Read<bool>(model, "_norm"));

    /// <summary>The numbers of ML.NET's aligned array.</summary>
    private static float[] NumbersOf(object aligned)
    {
        var (size, start) = (PrivateFields.Read<int>(aligned, "_size"), PrivateFields.Read<int>(aligned, "_base"));
        return PrivateFields.Read<float[]>(aligned, "Items").AsSpan(start, size).ToArray();
    }
}
