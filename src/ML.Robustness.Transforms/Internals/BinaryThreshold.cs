using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Internals;

/// <summary>The number above which a binary model of ML.NET's own predicts true, and the column that is compared with
/// it.</summary>
internal sealed record BinaryThreshold(string ColumnName, float Value)
{
    private static readonly MethodInfo Typed =
        typeof(BinaryThreshold).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>The threshold of a fitted model; null where it is none that has one.</summary>
    internal static BinaryThreshold? Of(ITransformer model) =>
        model.GetType() is { IsGenericType: true } type
            && type.GetGenericTypeDefinition() == typeof(BinaryPredictionTransformer<>)
            ? (BinaryThreshold)Typed.MakeGenericMethod(type.GenericTypeArguments).Invoke(null, [model])!
            : null;

    private static BinaryThreshold Read<TModel>(BinaryPredictionTransformer<TModel> model)
        where TModel : class => new(model.ThresholdColumn, model.Threshold);
}
