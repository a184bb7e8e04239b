using Microsoft.ML;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Tests.RobustFeatureDataset;

namespace ML.Robustness.Transforms.Tests.FeatureDatasetFiles;

/// <summary>The files of parts, merged, are the file of the whole to the last byte.</summary>
public sealed class MergeTests : IDisposable
{
    private static readonly int[][] Splits = [[0, 10, 40], [1, 20, 29], [49, 1], [25, 0, 0, 25], [7, 8, 9, 26]];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _data;

    public MergeTests() => _data = _ml.Data.Cache(_ml.Data.TakeRows(CreatedRows.Data(_ml), 50));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FeatureDatasetKind.RandomLabels)]
    [InlineData(FeatureDatasetKind.Robust)]
    public void AnySplit_GivesTheFileOfTheWhole(FeatureDatasetKind kind)
    {
        var classifiers = CreatedRows.Classifiers(_ml);
        void Save(IDataView data, long first, string name)
        {
            // One by one: kernels round by the size of a batch, and the last of a part is smaller than the whole's.
            using var step = CreatedRows.Estimator(_ml, kind, classifiers,
                options => (options.Seed, options.FirstRow, options.BatchSize) = (4, first, 1)).Fit(_data);
            _ml.Data.SaveFeatureDataset(step.Transform(data), _folder.PathOf(name), new FeatureDatasetFileOptions
            {
                Step = step,
                Source = data,
                RowsPerBlock = 8,
            });
        }
        Save(_data, 0, "whole");
        foreach (var split in Splits)
        {
            var (first, paths) = (0, new List<string>());
            foreach (var count in split)
            {
                if (count == 0 && first == 0)
                    continue; // An empty range at the start is nothing.
                Save(Part(first, count), first, $"part{paths.Count}");
                Assert.Equal((first, count), (Manifest($"part{paths.Count}").FirstRow, Manifest($"part{paths.Count}").Rows));
                paths.Add(_folder.PathOf($"part{paths.Count}"));
                first += count;
            }
            _ml.Data.MergeFeatureDatasets(Enumerable.Reverse(paths), _folder.PathOf("merged"));
            Assert.Equal(File.ReadAllBytes(_folder.PathOf("whole")), File.ReadAllBytes(_folder.PathOf("merged")));
            // In groups, too.
            _ml.Data.MergeFeatureDatasets(paths.Skip(1), _folder.PathOf("group"));
            _ml.Data.MergeFeatureDatasets([_folder.PathOf("group"), paths[0]], _folder.PathOf("merged"));
            Assert.Equal(File.ReadAllBytes(_folder.PathOf("whole")), File.ReadAllBytes(_folder.PathOf("merged")));
        }
        Array.ForEach(classifiers, classifier => classifier.Dispose());
    }

    [Fact]
    public void PartsThatDoNotBelongTogether_SayInWhatTheyDiffer()
    {
        string Save(int first, int count, string name, Action<FeatureDatasetFileOptions>? set = null)
        {
            var options = new FeatureDatasetFileOptions { Kind = "mine", FirstRow = first, RowsPerBlock = 8 };
            set?.Invoke(options);
            _ml.Data.SaveFeatureDataset(Part(first, count), _folder.PathOf(name), options);
            return _folder.PathOf(name);
        }
        string Message(params string[] paths) => Assert.Throws<ArgumentException>(
            () => _ml.Data.MergeFeatureDatasets(paths, _folder.PathOf("merged"))).Message;
        var one = Save(0, 10, "one");
        Assert.Contains("The parts are of different feature data sets: kind is mine in ",
            Message(one, Save(10, 5, "kind", options => options.Kind = "other")));
        Assert.Contains("parameter steps is absent in ",
            Message(one,
                Save(10, 5, "steps", options => options.Parameters = new Dictionary<string, string> { ["steps"] = "3" })));
        Assert.Contains("rows a block is 8 in ", Message(one, Save(10, 5, "block", options => options.RowsPerBlock = 4)));
        Assert.Contains("one has a checksum of its source rows, and the other has none",
            Message(one, Save(10, 5, "source", options => options.Source = Part(10, 5))));
        Assert.Contains("which drops rows", Message(one, Save(10, 5, "drops", options => options.Kind = "MislabeledOnly")));
        Assert.Contains("The rows 10 to 11 are missing", Message(one, Save(12, 5, "gap")));
        Assert.Contains("The parts overlap", Message(one, Save(9, 5, "overlap")));
        Assert.Contains("There is nothing to merge", Message());
        Assert.False(File.Exists(_folder.PathOf("merged")));
        Assert.Contains("'first row', which FirstRow tells", Assert.Throws<ArgumentException>(() => Save(0, 5, "named",
            options => options.Parameters = new Dictionary<string, string> { ["first row"] = "3" })).Message);
        Assert.Throws<FileNotFoundException>(() => _ml.Data.MergeFeatureDatasets([_folder.PathOf("none")], one));
        // A damaged block of a part is found as it is read, and nothing is left behind.
        var bytes = File.ReadAllBytes(one);
        bytes[^100] ^= 1;
        File.WriteAllBytes(one, bytes);
        Assert.Throws<InvalidDataException>(() => _ml.Data.MergeFeatureDatasets([one], _folder.PathOf("merged")));
        Assert.False(File.Exists(_folder.PathOf("merged")) || File.Exists(_folder.PathOf("merged.partial")));
    }

    private IDataView Part(int first, int count) => _ml.Data.Cache(count == 0
        ? _ml.Data.SkipRows(_data, 1000)
        : _ml.Data.TakeRows(first == 0 ? _data : _ml.Data.SkipRows(_data, first), count));

    private FeatureDatasetManifest Manifest(string name) => _ml.Data.LoadFeatureDataset(_folder.PathOf(name)).Manifest;
}
