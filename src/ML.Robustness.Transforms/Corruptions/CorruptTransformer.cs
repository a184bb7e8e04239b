using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Corruptions;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;

[assembly: LoadableClass("Corrupts images.", typeof(CorruptTransformer), null,
    typeof(SignatureLoadModel), "Image corruption", CorruptTransformer.LoaderSignature)]

namespace ML.Robustness.Transforms.Corruptions;

/// <summary>
/// Adds a column of corrupted images, as <see cref="CorruptEstimator"/> describes. Saved and loaded by <c>ml.Model.Save</c> and
/// <c>ml.Model.Load</c>.
/// </summary>
public sealed class CorruptTransformer : BatchedTransformer
{
    internal const string LoaderSignature = "Corrupt";

    private static readonly ModelSection Section = new("CORRUPTN", LoaderSignature, 0x00010002);

    private readonly CorruptionParameters _corruption;

    internal CorruptTransformer(IHost host, CorruptionParameters corruption, int batchSize, long firstRow = 0)
        : base(host, batchSize, firstRow) => _corruption = corruption;

    /// <summary>The corruption.</summary>
    public Corruption Corruption => _corruption.Corruption;

    /// <summary>How severe it is, 1 to 5.</summary>
    public int Severity => _corruption.Severity;

    private protected override BatchedRowMapper Bind(DataViewSchema inputSchema) =>
        new CorruptRowMapper(_corruption, inputSchema, _corruption.Images.Find(inputSchema));

    private protected override void Save(ModelSaveContext context) => Section.Save(context, writer =>
    {
        _corruption.Write(writer);
        writer.Write(BatchSize);
    });

    // ML.NET's loader finds this method by its name and parameters.
    private static CorruptTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var (corruption, batchSize) = Section.Load(ctx, static reader =>
            (CorruptionParameters.Read(reader), reader.ReadInt32("the batch size", 1, int.MaxValue)));
        return new CorruptTransformer(
            env.Register(LoaderSignature), corruption, FileLimits.BatchSize(batchSize, corruption.Images.Shape.Length));
    }
}
