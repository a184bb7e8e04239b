using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>Makes an adversarial example of each row, in a column beside the original.</summary>
/// <remarks>
/// Projected gradient descent (Madry et al., <see href="https://arxiv.org/abs/1706.06083"/>) against a fitted classifier. The
/// result is lazy and computed in batches, but a row's random start comes from the seed and the row's id alone: batch size, order
/// and the columns asked for change nothing beyond the rounding of the kernels. A prediction engine's rows all have the number 0:
/// the same row has the same example at any call. Examples of bytes are bytes, inside the threat model and judged as they are.
/// </remarks>
public sealed partial class PgdAugmentEstimator : IEstimator<PgdAugmentTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly PgdAugmentParameters _attack;
    private readonly AugmentedColumns _outputs;

    internal PgdAugmentEstimator(IHostEnvironment environment, Options options)
    {
        _environment = environment;
        _host = environment.Register(PgdAugmentTransformer.LoaderSignature);
        _options = options.Copy();
        _attack = PgdAugmentParameters.Of(options, options.InputColumnName);
        _outputs = AugmentedColumns.Of(options);
    }

    /// <summary>Checks the columns; no row is read.</summary>
    /// <param name="input">Rows of features and labels.</param>
    /// <returns>The step, which works with the same classifier.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public PgdAugmentTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new PgdAugmentTransformer(_host,
            _attack with { Seed = _options.Seed ?? Environments.SeedFor(_environment, _host) }, _outputs, _options.BatchSize,
            _options.FirstRow);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>Tells, before any data, the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and those added.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of a type that the classifier does not take.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _attack.Check(inputSchema);
        return _outputs.ShapeFor(inputSchema, _attack);
    }
}
