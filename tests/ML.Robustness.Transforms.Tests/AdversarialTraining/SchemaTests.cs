using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.AdversarialTraining;

/// <summary>The columns that the step promises, and those it gives.</summary>
public class SchemaTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed class Keyed
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Loose
    {
        public string Text { get; set; } = "";

        public int Whole { get; set; }

        public float Number { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];

        [VectorType(2)]
        public double[] Doubles { get; set; } = [];

        public float[] Unknown { get; set; } = [];
    }

    public enum LabelIs
    {
        TextKey,
        NumberKey,
        BareKey,
        Number,
    }

    [Theory]
    [InlineData(LabelIs.TextKey)]
    [InlineData(LabelIs.NumberKey)]
    [InlineData(LabelIs.BareKey)]
    [InlineData(LabelIs.Number)]
    public void PredictedSchema_EqualsTheRealOne(LabelIs label)
    {
        var (data, name) = Data(label);
        var trainer = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = name);
        EstimatorContract.AssertPredictsItsSchema(trainer, data);
    }

    [Fact]
    public void Columns_AreThoseOfMlNetsOwnTrainers()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        using var classifier = TwoDimensionalClasses.Trainer(_ml).Fit(data);
        var schema = classifier.Transform(data).Schema;
        Assert.Equal(["Kind", "Number", "Features", "Label", "PredictedLabel", "Score"], schema.Select(column => column.Name));
        Assert.Equal(
            [
                "ScoreColumnKind String MulticlassClassification",
                "ScoreValueKind String PredictedLabel",
                "KeyValues Vector<String, 3> red green blue",
                "ScoreColumnSetId Key<UInt32, 0-2147483646> 1",
            ],
            Annotations(schema["PredictedLabel"]));
        Assert.Equal(
            [
                "ScoreColumnKind String MulticlassClassification",
                "ScoreColumnSetId Key<UInt32, 0-2147483646> 1",
                "ScoreValueKind String Score",
                "TrainingLabelValues Vector<String, 3> red green blue",
                "SlotNames Vector<String, 3> red green blue",
            ],
            Annotations(schema["Score"]));
        Assert.Equal("Key<UInt32, 0-2>", schema["PredictedLabel"].Type.ToString());
        Assert.Equal("Vector<Single, 3>", schema["Score"].Type.ToString());
    }

    [Fact]
    public void NumberLabels_StandForThemselves()
    {
        var (data, name) = Data(LabelIs.Number);
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = name).Fit(data);
        var schema = classifier.Transform(data).Schema;
        Assert.Contains("KeyValues Vector<Single, 3> 0 1 2", Annotations(schema["PredictedLabel"]));
        Assert.DoesNotContain(Annotations(schema["Score"]),
            annotation => annotation.StartsWith("SlotNames", StringComparison.Ordinal));
    }

    [Fact]
    public void BareKeys_HaveNoValues()
    {
        var (data, name) = Data(LabelIs.BareKey);
        using var classifier = TwoDimensionalClasses.Trainer(_ml, options => options.LabelColumnName = name).Fit(data);
        var schema = classifier.Transform(data).Schema;
        Assert.Equal(["ScoreColumnKind", "ScoreValueKind", "ScoreColumnSetId"],
            schema["PredictedLabel"].Annotations.Schema.Select(column => column.Name));
    }

    [Fact]
    public void TwoClassifiersInAChain_HaveSetsOfTheirOwn()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var chain = TwoDimensionalClasses.Trainer(_ml, options => options.Epochs = 1)
            .Append(TwoDimensionalClasses.Trainer(_ml, options => options.Epochs = 1));
        var schema = chain.Fit(data).Transform(data).Schema;
        Assert.Contains("ScoreColumnSetId Key<UInt32, 0-2147483646> 2", Annotations(schema["Score"]));
        Assert.Equal(2, schema.Count(column => column.Name == "Score"));
        Assert.Single(schema, column => column.Name == "Score" && column.IsHidden);
    }

    [Theory]
    [InlineData("Absent", "Features",
        "Could not find label column 'Absent'. The columns are 'Text', 'Whole', 'Number', 'Features', 'Doubles', "
            + "'Unknown'. (Parameter 'inputSchema')")]
    [InlineData("Text", "Features",
        "Schema mismatch for label column 'Text': expected Key<UInt32>, Boolean or Single, got String. Make keys of the labels "
            + "with MapValueToKey. (Parameter 'inputSchema')")]
    [InlineData("Whole", "Features",
        "Schema mismatch for label column 'Whole': expected Key<UInt32>, Boolean or Single, got Int32. Make keys of the labels "
            + "with MapValueToKey. (Parameter 'inputSchema')")]
    [InlineData("Features", "Features",
        "Schema mismatch for label column 'Features': expected Key<UInt32>, Boolean or Single, got Vector<Single>. Make keys of "
            + "the labels with MapValueToKey. (Parameter 'inputSchema')")]
    [InlineData("Number", "Absent",
        "Could not find feature column 'Absent'. The columns are 'Text', 'Whole', 'Number', 'Features', 'Doubles', "
            + "'Unknown'. (Parameter 'inputSchema')")]
    [InlineData("Number", "Number",
        "Schema mismatch for feature column 'Number': expected Vector<Single> or Vector<Byte> of known size, got Single. ")]
    [InlineData("Number", "Text",
        "Schema mismatch for feature column 'Text': expected Vector<Single> or Vector<Byte> of known size, got String. ")]
    [InlineData("Number", "Doubles",
        "Schema mismatch for feature column 'Doubles': expected Vector<Single> or Vector<Byte> of known size, got "
            + "Vector<Double>. ")]
    [InlineData("Number", "Unknown",
        "Schema mismatch for feature column 'Unknown': expected Vector<Single> or Vector<Byte> of known size, got "
            + "VarVector<Single>. ")]
    public void WrongColumns_GiveOneErrorFromFitAndFromGetOutputSchema(string label, string features, string expected)
    {
        var data = _ml.Data.LoadFromEnumerable<Loose>([new() { Features = [0, 1] }, new() { Features = [1, 0], Number = 1 }]);
        var trainer = _ml.MulticlassClassification.Trainers.AdversarialTraining(label, features);
        var fromFit = Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(data));
        var fromShape = Assert.Throws<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(ColumnShapes.Of(data.Schema)));
        Assert.StartsWith(expected, fromFit.Message, StringComparison.Ordinal);
        Assert.Equal(fromFit.Message, fromShape.Message);
        Assert.Equal("inputSchema", fromFit.ParamName);
    }

    [Fact]
    public void InputShape_OfAnotherSizeThanTheColumn_SaysSo()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        var trainer = TwoDimensionalClasses.Trainer(_ml, options => options.InputShape = new InputShape(1, 3, 3));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(data));
        Assert.StartsWith(
            "Schema mismatch for feature column 'Features': expected Vector<Single, 9> (InputShape 1×3×3), got Vector<Single, "
                + "4>. Set Options.InputShape to match the column.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 12 }, "12")]
    [InlineData(new[] { 3, 4 }, "1×3×4")]
    [InlineData(new[] { 3, 2, 2 }, "3×2×2")]
    [InlineData(new[] { 1, 3, 4 }, "1×3×4")]
    [InlineData(new[] { 2, 2, 3, 1 }, "12")]
    public void Shape_ComesFromTheColumnsDimensions(int[] dimensions, string expected) =>
        Assert.Equal(expected, FeatureColumn.Resolve(SchemaWith(dimensions), "Features", null).Shape.ToString());

    [Fact]
    public void Shape_OfInterleavedColours_IsAnError()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => FeatureColumn.Resolve(SchemaWith([8, 8, 3]), "Features", null));
        Assert.Contains("looks like an image whose colours are interleaved", error.Message, StringComparison.Ordinal);
        Assert.Equal("8×8×3", FeatureColumn.Resolve(SchemaWith([8, 8, 3]), "Features", new InputShape(8, 8, 3)).Shape.ToString());
    }

    [Fact]
    public void Key_OfOneClass_SaysSo()
    {
        var rows = _ml.Data.LoadFromEnumerable(TwoDimensionalClasses.Make().Where(point => point.Kind == "red"));
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(rows).Transform(rows);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => TwoDimensionalClasses.Trainer(_ml).Fit(keyed));
        Assert.StartsWith("Label column 'Label' of type Key<UInt32, 0-0> has 1 classes: expected between 2 and 65536.",
            error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("absent", "Could not find feature column 'Features'.")]
    [InlineData("longer",
        "Schema mismatch for feature column 'Features': expected Vector<Single, 4> as in training, got Vector<Single, 5>.")]
    [InlineData("bytes",
        "Schema mismatch for feature column 'Features': expected Vector<Single, 4> as in training, got Vector<Byte, 4>.")]
    public void Transform_OfRowsUnlikeThoseTrainedOn_SaysSo(string what, string expected)
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        var schema = new DataViewSchema.Builder();
        if (what == "absent")
            schema.AddColumn("Other", NumberDataViewType.Single);
        else
            schema.AddColumn("Features",
                what == "bytes" ? new VectorDataViewType(NumberDataViewType.Byte, 4)
                    : new VectorDataViewType(NumberDataViewType.Single, 5));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => classifier.GetOutputSchema(schema.ToSchema()));
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    private static DataViewSchema SchemaWith(int[] dimensions)
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, dimensions));
        return schema.ToSchema();
    }

    private (IDataView Data, string Label) Data(LabelIs label)
    {
        var points = TwoDimensionalClasses.View(_ml);
        return label switch
        {
            LabelIs.TextKey => (TwoDimensionalClasses.Keyed(_ml), "Label"),
            LabelIs.NumberKey =>
                (_ml.Transforms.Conversion.MapValueToKey("Label", "Number").Fit(points).Transform(points), "Label"),
            LabelIs.BareKey =>
                (_ml.Data.LoadFromEnumerable(
                    TwoDimensionalClasses.Make()
                        .Select(point => new Keyed { Label = (uint)point.Number, Features = point.Features })), "Label"),
            _ => (points, "Number"),
        };
    }

    private static List<string> Annotations(DataViewSchema.Column column) =>
        [.. column.Annotations.Schema.Select(annotation => $"{annotation.Name} {annotation.Type} {Value(column, annotation)}")];

    private static string Value(DataViewSchema.Column column, DataViewSchema.Column annotation)
    {
        string Of<T>()
        {
            T value = default!;
            column.Annotations.GetValue(annotation.Name, ref value);
            return value is VBuffer<ReadOnlyMemory<char>> texts ? string.Join(' ', texts.DenseValues())
                : value is VBuffer<float> numbers ? string.Join(' ', numbers.DenseValues()) : $"{value}";
        }

        return annotation.Type switch
        {
            VectorDataViewType { ItemType: TextDataViewType } => Of<VBuffer<ReadOnlyMemory<char>>>(),
            VectorDataViewType => Of<VBuffer<float>>(),
            KeyDataViewType => Of<uint>(),
            _ => Of<ReadOnlyMemory<char>>(),
        };
    }
}
