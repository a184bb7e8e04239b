using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Layers;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.SmoothGradExplain;

/// <summary>The parameters of the step: the classifier, the method, and the columns read.</summary>
/// <param name="Classifier">The classifier.</param>
/// <param name="Method">The method, smoothed as was asked for.</param>
/// <param name="Features">The column of features, of the type that the classifier takes.</param>
/// <param name="Target">The score that is explained.</param>
/// <param name="Absolute">Whether values lose their sign.</param>
/// <param name="SumChannels">Whether channels are summed.</param>
/// <param name="Seed">Goes with each row's id into its noise.</param>
/// <param name="OwnsClassifier">Whether the classifier came out of the step's own file.</param>
internal sealed record SmoothGradParameters(
    NeuralClassifierTransformer Classifier, AttributionMethod Method, FeatureColumn Features, AttributionTargetParameters Target,
    bool Absolute, bool SumChannels, ulong Seed, bool OwnsClassifier) : IDisposable
{
    private const string SlotNames = "SlotNames";
    private const string WhereMissing =
        " The label's score is explained: to explain rows without labels, leave Options.Target at PredictedClass.";

    /// <summary>The values of one row's attribution.</summary>
    internal int Length => SumChannels ? Features.Shape.Height * Features.Shape.Width : Features.Shape.Length;

    internal static SmoothGradParameters Of(SmoothGradExplainEstimator.Options options)
    {
        var classifier = ClassifierChain.ClassifierOf(options.Classifier, "SmoothGradExplain");
        classifier.ThrowIfDisposed();
        if (options.SumChannels && !classifier.Features.Shape.IsImage)
            throw new ArgumentException(
                $"Options.SumChannels is set, but the classifier reads vectors of {classifier.Features.Shape} features, not " +
                "images: leave it false.", nameof(options));
        var parameters = new SmoothGradParameters(
            classifier, MethodOf(options), classifier.Features.In(options.InputColumnName),
            AttributionTargetParameters.Of(options, classifier.Classes), options.Absolute, options.SumChannels, 0, false);
        parameters.Try();
        return parameters;
    }

    /// <summary>Checks the columns for <c>Fit</c> and <c>GetOutputSchema</c>.</summary>
    internal void Check(SchemaShape inputSchema)
    {
        Classifier.ThrowIfDisposed();
        Features.CheckAgain(inputSchema);
        if (Target.LabelColumnName is { } label)
            LabelColumn.Check(inputSchema, label, WhereMissing);
    }

    /// <summary>Finds the columns read, in rows of this schema: features, and labels if they are attributed.</summary>
    internal DataViewSchema.Column[] Find(DataViewSchema inputSchema)
    {
        Check(ColumnShapes.Of(inputSchema));
        var features = Features.Find(inputSchema);
        return Target.LabelColumnName is { } label
            ? [features, Classifier.FindLabels(inputSchema, label)] : [features];
    }

    /// <summary>The column of attributions, with the slot names of the features.</summary>
    internal DataViewSchema.DetachedColumn ColumnFor(DataViewSchema.Column features, string output)
    {
        if (SumChannels)
            return new(output, new VectorDataViewType(NumberDataViewType.Single, Features.Shape.Height, Features.Shape.Width),
                null);
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(features.Annotations, static kind => kind == SlotNames);
        return new(output, new VectorDataViewType(NumberDataViewType.Single, ((VectorDataViewType)features.Type).Dimensions),
            annotations.ToAnnotations());
    }

    internal SchemaShape ShapeFor(SchemaShape inputSchema, string output)
    {
        SchemaShape.Column[] names = SumChannels
            || ColumnShapes.Find(ColumnShapes.Find(inputSchema, Features.Name)!.Value.Annotations, SlotNames) is not { } found
            ? [] : [found];
        return ColumnShapes.With(inputSchema, ColumnShapes.Vector(output, NumberDataViewType.Single, names));
    }

    /// <summary>Creates a reader of labels from the cursor's current row; null if none are needed.</summary>
    internal Func<int>? LabelReader(DataViewRow row) =>
        Target.LabelColumnName is { } label ? Classifier.LabelReader(row, label) : null;

    /// <summary>Attributes a block of rows.</summary>
    /// <returns>(N, …), which belongs to the current dispose scope.</returns>
    internal Tensor Run(FeatureBlock block, long[]? labels, long[] rowNumbers) => Run(block.ToInputs(), labels, rowNumbers);

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Features.Name);
        Target.Write(writer);
        writer.Write(Absolute);
        writer.Write(SumChannels);
        writer.Write(Seed);
        AttributionMethodFormat.Write(writer, Method);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>What makes the parameters of the classifier that follows; they own it.</returns>
    internal static Func<NeuralClassifierTransformer, SmoothGradParameters> Read(CheckedReader reader)
    {
        var (features, target) = (reader.ReadString(), AttributionTargetParameters.Read(reader));
        var (absolute, sum, seed, method) = (reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadUInt64(),
            AttributionMethodFormat.Read(reader));
        return classifier => new SmoothGradParameters(
            classifier, method, classifier.Features with { Name = features }, target, absolute, sum, seed, true).Checked();
    }

    /// <summary>These parameters, as the step itself could have made them.</summary>
    /// <exception cref="ArgumentException">They do not go with the classifier.</exception>
    private SmoothGradParameters Checked()
    {
        var (shape, classes) = (Features.Shape, Classifier.Classes);
        if (SumChannels && !shape.IsImage)
            throw new ArgumentException($"channels are summed, but rows are vectors of {shape}", nameof(SumChannels));
        if (Target.Class >= classes || Target.Rival >= classes
            || (Target.Kind == AttributionTargetKind.Margin && Target.Class == Target.Rival)
            || (Target.Kind == AttributionTargetKind.Label) != (Target.LabelColumnName is not null))
            throw new ArgumentException($"the target {Target} does not go with {classes} classes", nameof(Target));
        var inner = Method is SmoothedAttribution smoothed ? smoothed.Inner : Method;
        if (inner is GradCam { Layer: { } layer })
            LayerNames.Find(Classifier.Network, layer);
        return inner is IntegratedGradients { BaselineRow: { } baseline } && baseline.Count != shape.Length
            ? throw new ArgumentException($"the baseline has {baseline.Count} values, and rows have {shape.Length}",
                nameof(Method))
            : this;
    }

    public void Dispose()
    {
        if (OwnsClassifier)
            Classifier.Dispose();
    }

    private static AttributionMethod MethodOf(SmoothGradExplainEstimator.Options options)
    {
        var method = options.Method ?? new Saliency();
        if (method is SmoothedAttribution smoothed)
            throw new ArgumentException(
                $"Options.Method is smoothed already ({method}): give " +
                $"{nameof(SmoothedAttribution)}.{nameof(SmoothedAttribution.Inner)}, {smoothed.Inner}, and set " +
                "Options.Samples, Noise and Combination.", nameof(options));
        if (options.Samples == 1 && options.Noise == 0 && options.Combination == NoiseCombination.Mean)
            return method;
        return new SmoothedAttribution(method)
        {
            Samples = options.Samples,
            Noise = options.Noise,
            NoiseScale = options.NoiseScale,
            Combination = options.Combination,
            Range = options.Noise > 0 && options.NoiseScale == NoiseScale.ValueRange ? options.Range : ValueRange.Unit,
        };
    }

    /// <summary>Attributes one row of zeros, so that an unsuitable network is found before any data.</summary>
    private void Try()
    {
        using var scope = NewDisposeScope();
        var inner = this with { Method = Method is SmoothedAttribution smoothed ? smoothed.Inner : Method };
        inner.Run(zeros(Features.Shape.Batch(1), ScalarType.Float32, CPU), [0], [0]);
    }

    private Tensor Run(Tensor rows, long[]? labels, long[] rowNumbers)
    {
        using var use = Classifier.Lifetime.Use();
        var inputs = rows.to(Classifier.Device);
        var values = Method.Attribute(Classifier.Network, inputs, Target.For(labels, Classifier.Device),
            new RowRandom(Seed, rowNumbers)).Values;
        if (Absolute)
            values = values.abs();
        return SumChannels ? values.sum(1) : values;
    }
}
