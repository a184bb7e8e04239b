using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Rows;

[assembly: LoadableClass("Makes an adversarial example of each row.", typeof(PgdAugmentTransformer), null,
    typeof(SignatureLoadModel), "PGD augmentation", PgdAugmentTransformer.LoaderSignature)]

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>Adds an adversarial example of each row, as <see cref="PgdAugmentEstimator"/> describes.</summary>
/// <remarks>
/// It needs the label of every row that an added column is asked of. To score rows without labels, append it with
/// <c>TransformerScope.TrainTest</c>: a chain's <c>Transform</c> and <c>GetModelFor(TransformerScope.Scoring)</c> then leave it
/// out. Saved by <c>ml.Model.Save</c> together with its classifier; one that was loaded owns the classifier, and frees it when it
/// is disposed.
/// </remarks>
public sealed class PgdAugmentTransformer : BatchedTransformer, IDisposable
{
    internal const string LoaderSignature = "PgdAugment";

    private static readonly ModelSection Section = new("PGDAUGMT", LoaderSignature, SavedClassifier.Version);

    private readonly PgdAugmentParameters _attack;
    private readonly AugmentedColumns _outputs;

    internal PgdAugmentTransformer(
        IHost host, PgdAugmentParameters attack, AugmentedColumns outputs, int? batchSize, long firstRow = 0)
        : base(host, batchSize ?? attack.Classifier.BatchSize, firstRow)
    {
        _attack = attack;
        _outputs = outputs;
    }

    /// <summary>The classifier that is attacked.</summary>
    public NeuralClassifierTransformer Classifier => _attack.Classifier;

    /// <summary>Frees the classifier where this step was loaded from a file; else it is the caller's.</summary>
    public void Dispose() => _attack.Dispose();

    private protected override BatchedRowMapper Bind(DataViewSchema inputSchema) =>
        new PgdAugmentRowMapper(_attack, inputSchema, _outputs, static _ => true);

    private protected override void Save(ModelSaveContext context) => Classifier.Save(context, Section, writer =>
    {
        _outputs.Write(writer);
        writer.Write(BatchSize);
        _attack.Write(writer);
    });

    // ML.NET's loader finds this method by its name and parameters.
    private static PgdAugmentTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        NeuralClassifierTransformer.Load<PgdAugmentTransformer>(env, ctx, Section, reader =>
        {
            var (outputs, batchSize) = (AugmentedColumns.Read(reader), reader.ReadInt32("the batch size", 1, int.MaxValue));
            var attack = PgdAugmentParameters.Read(reader);
            return classifier => new PgdAugmentTransformer(env.Register(LoaderSignature), attack(classifier), outputs,
                FileLimits.BatchSize(batchSize, classifier.Features.Shape.Length));
        });
}
