using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>An estimator of attributions: the influence of each feature on the score, in a column beside the features.</summary>
/// <remarks>
/// SmoothGrad (Smilkov et al., <see href="https://arxiv.org/abs/1706.03825"/>) unless another method is asked for. The result is
/// lazy and computed in batches, but a row's noise comes from the seed and the row's id alone: batch size, order and the columns
/// asked for change nothing beyond the rounding of the kernels. A prediction engine's rows all have the number 0: the same row
/// has the same attribution at any call. The input's slot names stay with the attribution, so that tabular features can be told
/// apart.
/// </remarks>
public sealed partial class SmoothGradExplainEstimator : IEstimator<SmoothGradExplainTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly SmoothGradParameters _parameters;
    private readonly string _outputColumnName;
    private readonly ulong? _seed;
    private readonly int? _batchSize;
    private readonly long _firstRow;

    internal SmoothGradExplainEstimator(IHostEnvironment environment, Options options)
    {
        _environment = environment;
        _host = environment.Register(SmoothGradExplainTransformer.LoaderSignature);
        _parameters = SmoothGradParameters.Of(options);
        (_outputColumnName, _seed, _batchSize, _firstRow) =
            (options.OutputColumnName, options.Seed, options.BatchSize, options.FirstRow);
    }

    /// <summary>Checks the columns; no row is read.</summary>
    /// <param name="input">Rows of features, and of labels where these are explained.</param>
    /// <returns>The step, which works with the same classifier.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public SmoothGradExplainTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new SmoothGradExplainTransformer(
            _host, _parameters with { Seed = _seed ?? Environments.SeedFor(_environment, _host) }, _outputColumnName, _batchSize,
            _firstRow);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>Tells, before any data, the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the attribution.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of a type that the classifier does not take.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _parameters.Check(inputSchema);
        return _parameters.ShapeFor(inputSchema, _outputColumnName);
    }
}
