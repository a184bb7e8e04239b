using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace GoldenTests;

/// <summary>A small multiclass trainer of our own, where a fact about evaluation or saving needs one: the nearest mean of a class wins.</summary>
public class CentroidTrainer(MLContext context) : IEstimator<CentroidTransformer>
{
    protected MLContext Context { get; } = context;

    public virtual CentroidTransformer Fit(IDataView input)
    {
        var label = input.Schema["Label"];
        var classes = checked((int)((KeyDataViewType)label.Type).Count);
        var means = new float[classes][];
        var counts = new int[classes];
        using var cursor = input.GetRowCursor([label, input.Schema["Features"]]);
        var labelGetter = cursor.GetGetter<uint>(label);
        var featuresGetter = cursor.GetGetter<VBuffer<float>>(input.Schema["Features"]);
        uint key = 0;
        VBuffer<float> features = default;
        while (cursor.MoveNext())
        {
            labelGetter(ref key);
            featuresGetter(ref features);
            var values = features.DenseValues().ToArray();
            means[key - 1] ??= new float[values.Length];
            counts[key - 1]++;
            for (var i = 0; i < values.Length; i++)
                means[key - 1][i] += (values[i] - means[key - 1][i]) / counts[key - 1];
        }
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.Annotations.GetValue("KeyValues", ref names);
        return Create(means, names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    protected virtual CentroidTransformer Create(float[][] means, string[] names) => new(means, names);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var names = new SchemaShape([Column("KeyValues", SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false, null)]);
        return new SchemaShape(inputSchema.Concat([
            Column("PredictedLabel", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, names),
            Column("Score", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, null)]));
    }

    /// <summary>The constructor of a shape's column is internal in the real library too.</summary>
    private static SchemaShape.Column Column(string name, SchemaShape.Column.VectorKind kind, DataViewType type, bool isKey, SchemaShape annotations) =>
        (SchemaShape.Column)typeof(SchemaShape.Column).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic)
            .Single(constructor => constructor.GetParameters().Length == 5).Invoke([name, kind, type, isKey, annotations]);
}

/// <summary>What <see cref="CentroidTrainer"/> learned: adds PredictedLabel and Score.</summary>
public class CentroidTransformer(float[][] means, string[] names) : OutsideTransformer
{
    protected float[][] Means { get; } = means;

    protected string[] Names { get; } = names;

    protected override IEnumerable<string> Inputs => ["Features"];

    protected override IEnumerable<DataViewSchema.DetachedColumn> Outputs(DataViewSchema input)
    {
        yield return new("PredictedLabel", new KeyDataViewType(typeof(uint), Names.Length), NamesAs("KeyValues"));
        yield return new("Score", new VectorDataViewType(NumberDataViewType.Single, Names.Length), NamesAs("SlotNames"));
    }

    private DataViewSchema.Annotations NamesAs(string kind)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        var values = new VBuffer<ReadOnlyMemory<char>>(Names.Length, Names.Select(name => name.AsMemory()).ToArray());
        annotations.Add<VBuffer<ReadOnlyMemory<char>>>(kind, new VectorDataViewType(TextDataViewType.Instance, Names.Length),
            (ref VBuffer<ReadOnlyMemory<char>> buffer) => values.CopyTo(ref buffer));
        return annotations.ToAnnotations();
    }

    protected override Delegate[] Getters(DataViewRow row, bool[] active)
    {
        var getter = row.GetGetter<VBuffer<float>>(row.Schema["Features"]);
        ValueGetter<uint> predicted = (ref uint label) =>
        {
            var scores = Scores(getter);
            label = (uint)Array.IndexOf(scores, scores.Max()) + 1;
        };
        ValueGetter<VBuffer<float>> score = (ref VBuffer<float> buffer) => buffer = new VBuffer<float>(Names.Length, Scores(getter));
        return [predicted, score];
    }

    private float[] Scores(ValueGetter<VBuffer<float>> getter)
    {
        VBuffer<float> features = default;
        getter(ref features);
        var values = features.DenseValues().ToArray();
        var weights = Means.Select(mean => MathF.Exp(-values.Zip(mean, (a, b) => (a - b) * (a - b)).Sum())).ToArray();
        return weights.Select(weight => weight / weights.Sum()).ToArray();
    }
}
