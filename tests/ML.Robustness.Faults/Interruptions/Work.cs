using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Faults.Formats;
using ML.Robustness.Transforms.FeatureDatasetFiles;

namespace ML.Robustness.Faults.Interruptions;

/// <summary>Runs that write a file bit by bit, slow enough to be interrupted anywhere.</summary>
internal static class Work
{
    internal const string Ready = "ready", Done = "done", Failed = "failed";

    private const int Epochs = 12, Rows = 120, RowsPerBlock = 5, Saves = 60;

    /// <summary>The kinds of work: each takes the path, and returns the digest of what it has made.</summary>
    internal static IReadOnlyDictionary<string, Func<string, string>> All { get; } = new Dictionary<string, Func<string, string>>
    {
        ["training"] = static path => SmallProblem.Train(path, Epochs, static () => Thread.Sleep(10)),
        ["suite of attacks"] = static path => SmallProblem.Attack(path, static () => Thread.Sleep(20), steps: 10),
        ["feature data set"] = SaveRows,
        ["SaveAtomically"] = SaveModels,
    };

    /// <summary>Does the work as a process: prints when it begins, and what came of it.</summary>
    internal static int Run(string kind, string path)
    {
        Console.WriteLine(Ready);
        try
        {
            Console.WriteLine($"{Done} {All[kind](path)}");
        }
        catch (Exception error)
        {
            Console.WriteLine($"{Failed} {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}");
        }
        return 0;
    }

    /// <summary>What is wrong with the file after a kill: it is whole, the old one or a new one, or not there yet.</summary>
    internal static string? Damage(string kind, string path)
    {
        if (!File.Exists(path))
            return null;
        var ml = new MLContext(seed: 1);
        try
        {
            if (kind == "SaveAtomically")
                ml.Model.LoadVerified(path, out _);
            else if (kind == "feature data set")
                ml.Data.LoadFeatureDataset(path).Verify();
            return null;
        }
        catch (Exception error)
        {
            return $"the file cannot be read: {error.Message}";
        }
    }

    private static string SaveRows(string path)
    {
        var ml = new MLContext(seed: 1);
        ml.Data.SaveFeatureDataset(ml.Data.LoadFromEnumerable(SlowRows()), path,
            new FeatureDatasetFileOptions { Kind = "example", SourceDescription = "numbers", RowsPerBlock = RowsPerBlock });
        return ContentDigest.Of(ml.Data.LoadFeatureDataset(path));
    }

    private static IEnumerable<Row> SlowRows()
    {
        for (var row = 0; row < Rows; row++)
        {
            Thread.Sleep(4);
            yield return new Row { Label = row % 3, Features = [row, 0.5f * row] };
        }
    }

    private static string SaveModels(string path)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(new[] { new Row { Features = [1, 2] }, new Row { Features = [3, 5] } });
        var (one, other) = (ml.Transforms.NormalizeMinMax("Features").Fit(data),
            ml.Transforms.CopyColumns("Copy", "Features").Fit(data));
        for (var save = 0; save < Saves; save++)
        {
            ml.Model.SaveAtomically(save % 2 == 0 ? one : other, data.Schema, path);
            Thread.Sleep(3);
        }
        return ContentDigest.Of(ml.Model.LoadVerified(path, out _).Transform(data));
    }

    private sealed class Row
    {
        public float Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
