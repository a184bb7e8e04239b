using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>Adds adversarial copies of rows to the data, for the training of steps that come after.</summary>
/// <remarks>
/// A copy is its row with the adversarial example of <see cref="PgdAugmentEstimator"/> instead of the features; all other columns
/// stay. The attack is computed when the features are read: put a cache checkpoint behind it where a trainer reads its rows more
/// than once.
/// </remarks>
public sealed partial class PgdAugmentRowsEstimator : IEstimator<PgdAugmentRowsTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly PgdAugmentParameters _attack;

    internal PgdAugmentRowsEstimator(IHostEnvironment environment, Options options)
    {
        _environment = environment;
        _host = environment.Register(PgdAugmentRowsTransformer.LoaderSignature);
        _options = options.Copy();
        if (options.FirstRow > 0 && options.Placement == CopyPlacement.Following)
            throw new ArgumentException(
                $"Options.FirstRow is {options.FirstRow}, but Options.Placement is {CopyPlacement.Following}, which puts the "
                + "copies behind all rows of the whole, where a part of it cannot put them. Set Placement to "
                + $"{CopyPlacement.Interleaved}.", nameof(options));
        _attack = PgdAugmentParameters.Of(options, options.FeatureColumnName);
    }

    /// <summary>Checks the columns; no row is read.</summary>
    /// <param name="input">Rows of features and labels.</param>
    /// <returns>The step, which works with the same classifier.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public PgdAugmentRowsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var seed = _options.Seed ?? Environments.SeedFor(_environment, _host);
        var copies = new PgdAugmentCopies(_options.Fraction, _options.Placement, _options.IsAdversarialColumnName,
            _options.BatchSize ?? _attack.Classifier.BatchSize, seed);
        var transformer = new PgdAugmentRowsTransformer(_attack with { Seed = seed }, copies, _options.FirstRow);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>Tells, before any data, the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the one that tells copies where it is asked for.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of a type that the classifier does not take.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _attack.Check(inputSchema);
        return _options.IsAdversarialColumnName is { } mark
            ? ColumnShapes.With(inputSchema, ColumnShapes.Scalar(mark, BooleanDataViewType.Instance))
            : inputSchema;
    }
}
