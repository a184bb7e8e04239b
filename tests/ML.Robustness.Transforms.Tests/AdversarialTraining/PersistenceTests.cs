using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.Transforms.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.AdversarialTraining;

/// <summary>Models in files.</summary>
public sealed class PersistenceTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classifier_Alone_ComesBackInAFreshProcess()
    {
        var path = _folder.PathOf("alone.zip");
        using var classifier = TwoDimensionalClasses.Fitted(_ml);
        _ml.Model.Save(classifier, TwoDimensionalClasses.Keyed(_ml).Schema, path);

        var ml = new MLContext();
        using var loaded = Assert.IsType<NeuralClassifierTransformer>(ml.Model.Load(path, out var schema));
        Assert.Equal(["Kind", "Number", "Features", "Label"], schema.Select(column => column.Name));
        Assert.Equal(TwoDimensionalClasses.Weights(classifier), TwoDimensionalClasses.Weights(loaded));
        Assert.Equal(classifier.Architecture.ToString(), loaded.Architecture.ToString());
        Assert.Equal(classifier.InputShape, loaded.InputShape);
        Assert.Equal(classifier.FeatureColumnType, loaded.FeatureColumnType);
        Assert.Equal(FreshProcess.Describe(_ml, classifier), FreshProcess.Run(path));
    }

    [Fact]
    public void Chain_ComesBackInAFreshProcess_AndCanBeSavedAgain()
    {
        var path = _folder.PathOf("chain.zip");
        var data = TwoDimensionalClasses.View(_ml);
        var pipeline = _ml.Transforms.NormalizeMinMax("Features")
            .Append(_ml.Transforms.Conversion.MapValueToKey("Label", "Kind"))
            .Append(TwoDimensionalClasses.Trainer(_ml))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using var model = pipeline.Fit(data);
        _ml.Model.Save(model, data.Schema, path);
        var expected = FreshProcess.Describe(_ml, model);
        Assert.Equal(expected, FreshProcess.Run(path));

        var ml = new MLContext();
        var loaded = ml.Model.Load(path, out var schema);
        var again = _folder.PathOf("again.zip");
        ml.Model.Save(loaded, schema, again);
        Assert.Equal(expected, FreshProcess.Describe(ml, ml.Model.Load(again, out _)));

        using var engine = ml.Model.CreatePredictionEngine<TwoDimensionalClasses.Point, TwoDimensionalClasses.Prediction>(loaded);
        Assert.Contains(engine.Predict(TwoDimensionalClasses.Make(rows: 1)[0]).PredictedLabel, new[] { "red", "green", "blue" });
    }

    [Fact]
    public void Loaded_GivesTheSameColumns()
    {
        var data = TwoDimensionalClasses.Keyed(_ml);
        foreach (var label in new[] { "Label", "Number" })
        {
            using var classifier = TwoDimensionalClasses.Trainer(_ml,
                options => (options.LabelColumnName, options.Epochs) = (label, 1)).Fit(data);
            using var loaded = Reload(classifier);
            var (expected, found) = (classifier.GetOutputSchema(data.Schema), loaded.GetOutputSchema(data.Schema));
            Assert.Equal(expected.Select(Describe), found.Select(Describe));
        }
    }

    [Fact]
    public void KeyValues_OfEveryType_ComeBack()
    {
        object[][] kinds =
        [
            ["a", "b"], [1.5f, 2.5f], [1.5, 2.5], [true, false], [(sbyte)-1, (sbyte)2], [(byte)1, (byte)2], [(short)-1, (short)2],
            [(ushort)1, (ushort)2], [-1, 2], [1u, 2u], [-1L, 2L], [1UL, 2UL],
            [new DateTime(2020, 1, 2), new DateTime(2021, 1, 2)], [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)],
            [new DateTimeOffset(2020, 1, 2, 0, 0, 0, TimeSpan.FromHours(2)),
                new DateTimeOffset(2021, 1, 2, 0, 0, 0, TimeSpan.FromHours(-3))],
            [new DataViewRowId(1, 2), new DataViewRowId(3, 4)],
        ];
        foreach (var kind in kinds)
        {
            var values = KeyValuesOf((dynamic)kind[0], (dynamic)kind[1]);
            var content = Stored.Write(writer => KeyValues.Write(writer, values));
            Assert.True(KeyValues.AreSame(values, Stored.Read<KeyValues>(content, typeof(KeyValues), 2)),
                $"{kind[0].GetType()}");
        }
    }

    [Fact]
    public void UsersNetwork_NeedsItsRegistrationToComeBack()
    {
        ModelArchitecture.Register("mine", (shape, classes) => nn.Sequential(nn.Linear(shape.Length, classes)));
        using var classifier = TwoDimensionalClasses.Fitted(_ml,
            options => options.Architecture = ModelArchitecture.Registered("mine"));
        using var loaded = Reload(classifier);
        Assert.Equal(TwoDimensionalClasses.Weights(classifier), TwoDimensionalClasses.Weights(loaded));

        ModelArchitecture.Register("mine", (shape, classes) => nn.Sequential(nn.Linear(shape.Length, 7), nn.Linear(7, classes)));
        Assert.Contains("do not fit this network", LoadFails(Save(classifier)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_Damaged_SaySo()
    {
        var path = SaveFitted();
        Change(path, "Weights.bin", bytes => bytes[^50] ^= 1);
        Assert.Contains("damaged: their checksum does not match", LoadFails(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_CutShort_SaySo()
    {
        var path = SaveFitted();
        Replace(path, "Weights.bin", bytes => bytes[..^60]);
        Assert.Contains("cut short", LoadFails(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_Absent_SaySo()
    {
        var path = SaveFitted();
        Replace(path, "Weights.bin", _ => null);
        Assert.Contains("cannot be read as RobustClassifier: it has no 'Weights.bin'", LoadFails(path).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_OfAForeignFormat_SaySo()
    {
        var path = SaveFitted();
        Replace(path, "Weights.bin", _ => new byte[5000]);
        Assert.Contains("not weights of ML.Robustness", LoadFails(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Header_Damaged_SaysSo()
    {
        var path = SaveFitted();
        Change(path, "Model.key", bytes => bytes[Array.IndexOf(bytes, (byte)'F', 260)] ^= 1);
        Assert.Contains("its header does not match its checksum", LoadFails(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Zip_CutShortOrForeign_GivesMlNetsOwnError()
    {
        var path = SaveFitted();
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..500]);
        Assert.Throws<FormatException>(() => _ml.Model.Load(path, out _));
        File.WriteAllText(path, "not a model");
        Assert.Throws<FormatException>(() => _ml.Model.Load(path, out _));
    }

    [Fact]
    public void FailedLoad_LeavesNoNativeTensorsBehind()
    {
        var path = SaveFitted();
        Change(path, "Weights.bin", bytes => bytes[^50] ^= 1);
        LiveTensors.AssertNoneLeft(() => LoadFails(path), TwoDimensionalClasses.BareNetwork);
    }

    private static KeyValues KeyValuesOf(string one, string two) => KeyValuesOf(one.AsMemory(), two.AsMemory());

    private static KeyValues KeyValuesOf<T>(T one, T two)
    {
        var type = typeof(T) == typeof(ReadOnlyMemory<char>) ? TextDataViewType.Instance
            : (PrimitiveDataViewType)ColumnType(typeof(T));
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add("KeyValues", new VectorDataViewType(type, 2),
            (ref VBuffer<T> value) => value = new VBuffer<T>(2, [one, two]));
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Label", new KeyDataViewType(typeof(uint), 2), annotations.ToAnnotations());
        return KeyValues.Of(schema.ToSchema()["Label"], 2)!;
    }

    private static DataViewType ColumnType(Type type)
    {
        DataViewType[] all =
        [
            NumberDataViewType.Single, NumberDataViewType.Double, BooleanDataViewType.Instance, NumberDataViewType.SByte,
            NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
            NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
            DateTimeDataViewType.Instance, TimeSpanDataViewType.Instance,
            DateTimeOffsetDataViewType.Instance, RowIdDataViewType.Instance,
        ];
        return all.Single(candidate => candidate.RawType == type);
    }

    private static string Describe(DataViewSchema.Column column) =>
        $"{column.Name} {column.Type} "
            + string.Join(", ", column.Annotations.Schema.Select(annotation => $"{annotation.Name} {annotation.Type}"));

    private NeuralClassifierTransformer Reload(NeuralClassifierTransformer classifier) =>
        (NeuralClassifierTransformer)_ml.Model.Load(Save(classifier), out _);

    private string Save(NeuralClassifierTransformer classifier)
    {
        var path = _folder.PathOf("model.zip");
        _ml.Model.Save(classifier, null, path);
        return path;
    }

    private string SaveFitted()
    {
        using var classifier = TwoDimensionalClasses.Fitted(_ml, options => options.Epochs = 1);
        return Save(classifier);
    }

    // ML.NET wraps what a class throws while it is being loaded.
    private InvalidDataException LoadFails(string path)
    {
        var error = Assert.ThrowsAny<Exception>(() => _ml.Model.Load(path, out _));
        while (error is not InvalidDataException && error.InnerException is { } inner)
            error = inner;
        return Assert.IsType<InvalidDataException>(error);
    }

    private static void Change(string path, string entry, Action<byte[]> change) => Replace(path, entry, bytes =>
    {
        change(bytes);
        return bytes;
    });

    private static void Replace(string path, string name, Func<byte[], byte[]?> change)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Update);
        var entry = zip.GetEntry($"TransformerChain/{name}")!;
        var content = new MemoryStream();
        using (var stream = entry.Open())
            stream.CopyTo(content);
        entry.Delete();
        if (change(content.ToArray()) is not { } bytes)
            return;
        using var written = zip.CreateEntry(entry.FullName).Open();
        written.Write(bytes);
    }
}
