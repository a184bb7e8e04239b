using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>An estimator of feature data sets: a classifier's robust or non-robust features of each row, or a control.</summary>
/// <remarks>
/// The data sets of <see cref="FeatureDatasetKind"/>. New features and labels come out in the types of the old, which they hide
/// unless they are given other names, so that the result trains any pipeline. It is lazy and computed in batches, but a row's
/// result comes from the seed and the row's id alone: batch size, order and the columns asked for change nothing beyond the
/// rounding of the kernels. A prediction engine's rows all have the number 0.
/// </remarks>
public sealed partial class RobustFeatureDatasetEstimator : IEstimator<RobustFeatureDatasetTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly FeatureDatasetParameters _parameters;
    private readonly FeatureDatasetColumns _outputs;

    internal RobustFeatureDatasetEstimator(IHostEnvironment environment, Options options)
    {
        _environment = environment;
        _host = environment.Register(RobustFeatureDatasetTransformer.LoaderSignature);
        _options = options.Copy();
        _parameters = FeatureDatasetParameters.Of(options);
        _outputs = FeatureDatasetColumns.Of(options, _parameters.Features.Name);
    }

    /// <summary>Checks the columns and, for kinds that start from another row, reads the features of all rows.</summary>
    /// <param name="input">Rows of features and labels.</param>
    /// <returns>The step, which works with the same classifiers.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    /// <exception cref="InvalidOperationException">There are fewer than two rows to start from.</exception>
    /// <exception cref="ObjectDisposedException">A classifier was disposed.</exception>
    public RobustFeatureDatasetTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _parameters.Find(input.Schema);
        var seed = _options.Seed ?? Environments.SeedFor(_environment, _host);
        var starts = _parameters.Settings.MatchesFeatures
            ? InitialRowReader.Read(input, _parameters.Features, _options.CancellationToken) : null;
        return new RobustFeatureDatasetTransformer(_parameters.Fitted(seed, starts, _options.FirstRow), _outputs,
            _options.BatchSize);
    }

    /// <summary>Tells, before any data, the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the new ones.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of a type that the classifier does not take.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _parameters.Check(inputSchema);
        return _outputs.ShapeFor(inputSchema, _parameters.Features.Name, _options.LabelColumnName);
    }
}
