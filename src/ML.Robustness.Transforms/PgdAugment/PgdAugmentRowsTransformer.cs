using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Rows;

[assembly: LoadableClass("Adds adversarial copies of rows.", typeof(PgdAugmentRowsTransformer), null,
    typeof(SignatureLoadModel), "PGD augmentation by rows", PgdAugmentRowsTransformer.LoaderSignature)]

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>Adds adversarial copies of rows, as <see cref="PgdAugmentRowsEstimator"/> describes.</summary>
/// <remarks>
/// Append it with <c>TransformerScope.TrainTest</c> or <c>Training</c>: a chain's <c>Transform</c> and
/// <c>GetModelFor(TransformerScope.Scoring)</c> then leave it out, and the latter makes prediction engines, which a step that
/// adds rows cannot be part of. Saved by <c>ml.Model.Save</c> together with its classifier; one that was loaded owns the
/// classifier, and frees it when it is disposed.
/// </remarks>
public sealed class PgdAugmentRowsTransformer : ITransformer, IDisposable
{
    internal const string LoaderSignature = "PgdAugmentRows";

    private static readonly ModelSection Section = new("PGDAUGRW", LoaderSignature, SavedClassifier.Version);

    private readonly PgdAugmentParameters _attack;
    private readonly PgdAugmentCopies _copies;

    internal PgdAugmentRowsTransformer(PgdAugmentParameters attack, PgdAugmentCopies copies, long firstRow = 0)
    {
        FirstRow = firstRow;
        _attack = attack;
        _copies = copies;
    }

    /// <summary>The classifier that is attacked.</summary>
    public NeuralClassifierTransformer Classifier => _attack.Classifier;

    /// <summary>The number of the first row of the data that are transformed within their whole; not saved.</summary>
    public long FirstRow { get; }

    /// <summary>False: there are more rows than came in.</summary>
    public bool IsRowToRowMapper => false;

    /// <summary>Tells the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the one that tells copies where it was asked for.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _attack.Find(inputSchema);
        return AugmentedRowsCursor.SchemaOf(inputSchema, _copies.MarkColumnName);
    }

    /// <summary>Adds the copies to data, lazily.</summary>
    /// <param name="input">The data.</param>
    /// <returns>The rows and their copies.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of a type that the classifier does not take, or stands for other classes.
    /// </exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var rows = NumberedRows.Of(input, FirstRow);
        return new StepRows(new AugmentedRowsView(rows, _attack, _copies, GetOutputSchema(input.Schema)), input, this);
    }

    /// <summary>Not there: a row may become two.</summary>
    /// <param name="inputSchema">The columns of the rows.</param>
    /// <returns>Nothing.</returns>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new InvalidOperationException(
        "PgdAugmentRows adds rows, so it does not work row by row. Append it with TransformerScope.TrainTest and take " +
            "GetModelFor(TransformerScope.Scoring) to predict.");

    /// <summary>Frees the classifier where this step was loaded from a file; else it is the caller's.</summary>
    public void Dispose() => _attack.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        Classifier.Save(ctx, Section, writer =>
        {
            _copies.Write(writer);
            _attack.Write(writer);
        });
    }

    // ML.NET's loader finds this method by its name and parameters.
    private static PgdAugmentRowsTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        NeuralClassifierTransformer.Load<PgdAugmentRowsTransformer>(env, ctx, Section, reader =>
        {
            var (copies, attack) = (PgdAugmentCopies.Read(reader), PgdAugmentParameters.Read(reader));
            return classifier => new PgdAugmentRowsTransformer(attack(classifier), copies with
            {
                BatchSize = FileLimits.BatchSize(copies.BatchSize, classifier.Features.Shape.Length),
            });
        });
}
