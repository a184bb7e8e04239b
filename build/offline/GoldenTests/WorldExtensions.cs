using Microsoft.ML;

namespace GoldenTests;

/// <summary>Extension methods that the facts' code calls.</summary>
public static class WorldExtensions
{
    public static IEstimator<ITransformer> ConvertType(this TransformsCatalog catalog, string outputColumnName, string inputColumnName) =>
        catalog.Conversion.ConvertType(outputColumnName, inputColumnName);

    /// <summary>Drops everything but X, hidden columns included.</summary>
    public static IDataView Drop(this IDataView view, MLContext context) => context.Transforms.SelectColumns("X").Fit(view).Transform(view);
}
