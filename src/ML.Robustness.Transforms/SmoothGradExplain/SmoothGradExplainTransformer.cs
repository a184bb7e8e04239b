using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.SmoothGradExplain;

[assembly: LoadableClass("Explains a classifier's verdict on each row.", typeof(SmoothGradExplainTransformer), null,
    typeof(SignatureLoadModel), "SmoothGrad attribution", SmoothGradExplainTransformer.LoaderSignature)]

namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>Adds an attribution of each row, as <see cref="SmoothGradExplainEstimator"/> describes.</summary>
/// <remarks>
/// Saved by <c>ml.Model.Save</c> together with its classifier; one that was loaded owns the classifier, and frees it when it is
/// disposed. Labels are needed only where the label's score is explained.
/// </remarks>
public sealed class SmoothGradExplainTransformer : BatchedTransformer, IDisposable
{
    internal const string LoaderSignature = "SmoothGradExplain";

    private static readonly ModelSection Section = new("SMTHGRAD", LoaderSignature, SavedClassifier.Version);

    private readonly SmoothGradParameters _parameters;

    internal SmoothGradExplainTransformer(
        IHost host, SmoothGradParameters parameters, string outputColumnName, int? batchSize, long firstRow = 0)
        : base(host, batchSize ?? parameters.Classifier.BatchSize, firstRow)
    {
        _parameters = parameters;
        OutputColumnName = outputColumnName;
    }

    /// <summary>The classifier that is explained.</summary>
    public NeuralClassifierTransformer Classifier => _parameters.Classifier;

    /// <summary>The column of attributions.</summary>
    public string OutputColumnName { get; }

    /// <summary>Frees the classifier where this step was loaded from a file; else it is the caller's.</summary>
    public void Dispose() => _parameters.Dispose();

    private protected override BatchedRowMapper Bind(DataViewSchema inputSchema) =>
        new SmoothGradExplainRowMapper(_parameters, inputSchema, OutputColumnName);

    private protected override void Save(ModelSaveContext context) => Classifier.Save(context, Section, writer =>
    {
        writer.Write(OutputColumnName);
        writer.Write(BatchSize);
        _parameters.Write(writer);
    });

    // ML.NET's loader finds this method by its name and parameters.
    private static SmoothGradExplainTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        NeuralClassifierTransformer.Load<SmoothGradExplainTransformer>(env, ctx, Section, reader =>
        {
            var (output, batchSize) = (reader.ReadString(), reader.ReadInt32("the batch size", 1, int.MaxValue));
            var parameters = SmoothGradParameters.Read(reader);
            return classifier => new SmoothGradExplainTransformer(env.Register(LoaderSignature), parameters(classifier), output,
                FileLimits.BatchSize(batchSize, classifier.Features.Shape.Length));
        });
}
