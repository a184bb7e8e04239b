using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

[assembly: LoadableClass(
    "Scores rows with a neural network.", typeof(NeuralClassifierTransformer), null,
    typeof(SignatureLoadModel), "Robust classifier", NeuralClassifierTransformer.LoaderSignature)]

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>A classifier trained by <see cref="AdversarialTrainer"/>, or made of a network from elsewhere.</summary>
/// <remarks>
/// Adds <c>PredictedLabel</c> and <c>Score</c>, the probability of each class; where <c>ml.BinaryClassification</c> trained it,
/// <c>PredictedLabel</c>, <c>Score</c> and <c>Probability</c> as ML.NET's binary trainers give them. Features that are NaN or
/// infinite give scores that are NaN and a missing label (false of two classes), as with ML.NET's own trainers. Safe to use from
/// many threads, of which any may dispose it. Saved and loaded by <c>ml.Model.Save</c> and <c>ml.Model.Load</c>, exported by
/// <c>ml.Model.ConvertToOnnx</c> where its network is a built-in one; dispose it to free its native memory.
/// </remarks>
// By the interface without a type of its own, PermutationFeatureImportance finds the predictor of a chain.
public sealed class NeuralClassifierTransformer
    : BatchedTransformer, ISingleFeaturePredictionTransformer<Module<Tensor, Tensor>>, ISingleFeaturePredictionTransformer,
        IDisposable
{
    internal const string LoaderSignature = "RobustClassifier";
    private const int MostRowsAtOnce = 256, MostValuesAtOnce = 1 << 24;

    private static readonly ModelSection Section = new("ROBSTCLS", LoaderSignature, SavedClassifier.Version);

    private readonly NativeLifetime _lifetime;

    internal NeuralClassifierTransformer(
        IHost host,
        FeatureColumn features,
        KeyValues? keyValues,
        int classes,
        ClassifierKind kind,
        ModelArchitecture architecture,
        Module<Tensor, Tensor> network,
        Device device,
        int? batchSize = null)
        : base(host, batchSize ?? Math.Clamp(MostValuesAtOnce / features.Shape.Length, 1, MostRowsAtOnce))
    {
        Features = features;
        KeyValues = keyValues;
        Classes = classes;
        Kind = kind;
        Architecture = architecture;
        Network = network;
        Device = device;

        // Frozen once and for all: scoring and attacks by many threads then change nothing. A dispose scope of the caller must
        // not free it.
        network.eval();
        foreach (var parameter in network.parameters())
            parameter.requires_grad_(false).DetachFromDisposeScope();
        foreach (var buffer in network.buffers())
            buffer.DetachFromDisposeScope();
        _lifetime = new NativeLifetime(network.Dispose, static () => DisposedModel.Error(typeof(NeuralClassifierTransformer)));
        _lifetime.AttachTo(network);
    }

    /// <summary>
    /// The network, (N, …) in the user's range to logits (N, K): in evaluation mode, without parameter gradients, and owned by
    /// this transformer. Attacks and measures of the engine may use it while another thread disposes the transformer; who calls
    /// the network's own methods must see to it that nobody does.
    /// </summary>
    public Module<Tensor, Tensor> Network { get; }

    /// <summary>The architecture of the network.</summary>
    public ModelArchitecture Architecture { get; }

    /// <summary>The shape of one row of features.</summary>
    public InputShape InputShape => Features.Shape;

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The column of features.</summary>
    public string FeatureColumnName => Features.Name;

    /// <summary>The type of the column of features.</summary>
    public DataViewType FeatureColumnType => Features.Type;

    Module<Tensor, Tensor> IPredictionTransformer<Module<Tensor, Tensor>>.Model => Network;

    internal FeatureColumn Features { get; }

    /// <summary>The values of the classes; null where the training labels had none.</summary>
    internal KeyValues? KeyValues { get; }

    internal ClassifierKind Kind { get; }

    /// <summary>The device of the network, chosen by <c>MLContext.GpuDeviceId</c>.</summary>
    public Device Device { get; }

    /// <summary>Frees the network, at once or when the last batch that uses it is done; later uses throw.</summary>
    /// <remarks>Any thread may call it at any time, also one that reads rows of this classifier.</remarks>
    public void Dispose() => _lifetime.Dispose();

    internal void WriteWeights(Stream stream) => ModelWeights.Write(stream, Network, Architecture.ToString());

    /// <summary>The lifetime of the network's memory: what uses it for longer than one call of the engine begins a use.</summary>
    internal NativeLifetime Lifetime => _lifetime;

    internal void ThrowIfDisposed() => _lifetime.ThrowIfDisposed();

    /// <summary>Writes the classifier into its own model file, or into that of a step that uses it.</summary>
    internal void Save(ModelSaveContext context, ModelSection section, Action<BinaryWriter> header)
    {
        using var use = _lifetime.Use();
        section.Save(context,
            writer =>
            {
                header(writer);
                SavedClassifier.Of(this).Write(writer);
            },
            WriteWeights);
    }

    /// <summary>
    /// Reads what <see cref="Save(ModelSaveContext, ModelSection, Action{BinaryWriter})"/> wrote. The result owns the classifier.
    /// </summary>
    /// <param name="env">The environment.</param>
    /// <param name="ctx">The model file.</param>
    /// <param name="section">The section of the file.</param>
    /// <param name="header">Reads what is written before the classifier, and tells what to make of both.</param>
    internal static T Load<T>(
        IHostEnvironment env, ModelLoadContext ctx, ModelSection section,
        Func<CheckedReader, Func<NeuralClassifierTransformer, T>> header)
    {
        var (read, classifier) = section.Load(ctx,
            reader => (Make: header(reader), Saved: SavedClassifier.Read(reader)),
            (read, stream) => read.Saved.Restore(env, stream));
        return section.Combine(classifier, () => read.Make(classifier));
    }

    /// <summary>Finds a column of labels, whose values, where it has some, are the classes' too.</summary>
    internal DataViewSchema.Column FindLabels(DataViewSchema schema, string name)
    {
        LabelMap.Of(schema[name], KeyValues);
        return schema[name];
    }

    /// <summary>A reader of labels as this classifier's class numbers, from the row that the cursor stands on.</summary>
    internal Func<int> LabelReader(DataViewRow row, string name) =>
        LabelColumn.Resolve(row.Schema, name).Reader(row, Classes, LabelMap.Of(row.Schema[name], KeyValues));

    /// <summary>
    /// Writes for each row of the block the probability of each class; of a binary classifier, the score and the probability of
    /// the second class.
    /// </summary>
    internal void Score(FeatureBlock block, float[] scores)
    {
        using var use = _lifetime.Use();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var logits = ModelCall.Forward(Network, block.ToInputs().to(Device));
        var values = Kind == ClassifierKind.Binary ? ScoreAndProbability(logits) : nn.functional.softmax(logits, 1);
        values = values.to(ScalarType.Float32).cpu().contiguous();
        values.data<float>().CopyTo(scores.AsSpan(0, block.Count * Classes));
    }

    private static Tensor ScoreAndProbability(Tensor logits)
    {
        var score = logits.select(1, 1) - logits.select(1, 0);
        return stack([score, score.sigmoid()], 1);
    }

    private protected override Action<OnnxGraph> OnnxWriter => graph =>
    {
        using var use = _lifetime.Use();
        ClassifierGraph.Add(graph, this);
    };

    private protected override BatchedRowMapper Bind(DataViewSchema inputSchema)
    {
        ThrowIfDisposed();
        var outputs = ClassifierColumns.For(inputSchema, Classes, KeyValues, Kind);
        return new ScoringRowMapper(this, inputSchema, Features.Find(inputSchema), outputs);
    }

    private protected override void Save(ModelSaveContext context) => Save(context, Section, _ => { });

    // ML.NET's loader finds this method by its name and parameters.
    private static NeuralClassifierTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        Load<NeuralClassifierTransformer>(env, ctx, Section, static _ => static classifier => classifier);
}
