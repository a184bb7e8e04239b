using Microsoft.ML;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>A step and data for the tests of <see cref="EstimatorContract"/>.</summary>
internal sealed class StepCase : IDisposable
{
    private const string Features = "Vector<Single> or Vector<Byte> of known size";

    /// <summary>Data with a column Number that no step but the trainer reads.</summary>
    public required IDataView Data { get; init; }

    /// <summary>Creates the estimator with a number of rows at once; null for the default.</summary>
    public required Func<int?, IEstimator<ITransformer>> Create { get; init; }

    /// <summary>The columns that the step adds or replaces.</summary>
    public required string[] Outputs { get; init; }

    /// <summary>The columns from which the outputs are computed, in alphabetical order.</summary>
    public required string[] Reads { get; init; }

    /// <summary>The columns that <c>Fit</c> reads, in alphabetical order.</summary>
    public string[] ReadByFit { get; init; } = [];

    /// <summary>The columns that are checked, their role and the expected type, as error messages say them.</summary>
    public required (string Role, string Name, string Expected)[] Inputs { get; init; }

    /// <summary>A column of texts.</summary>
    public string TextColumn { get; init; } = "Kind";

    /// <summary>Whether rows go in and out one to one.</summary>
    public bool IsRowToRow { get; init; } = true;

    /// <summary>Whether the number of rows at once may change values, as in training.</summary>
    public bool DependsOnBatchSize { get; init; }

    /// <summary>The classifiers of the step, which the case owns.</summary>
    public NeuralClassifierTransformer[] Classifiers { get; init; } = [];

    internal static (string Role, string Name, string Expected) FeatureColumn(string name) => ("feature", name, Features);

    internal static (string Role, string Name, string Expected) LabelColumn(string name) =>
        ("label", name, "Key<UInt32>, Boolean or Single");

    /// <summary>Fits the step and reads its outputs.</summary>
    internal List<RowContent> Rows(int? batchSize = null, Random? random = null)
    {
        var step = Create(batchSize).Fit(Data);
        using var owned = step as IDisposable;
        return RowContent.Read(step.Transform(Data), Outputs, random);
    }

    public void Dispose() => Array.ForEach(Classifiers, classifier => classifier.Dispose());
}
