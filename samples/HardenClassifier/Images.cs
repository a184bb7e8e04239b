using Microsoft.ML;

namespace HardenClassifier;

/// <summary>Training and test rows, and how many of each.</summary>
internal sealed record Images(IDataView Train, IDataView Test)
{
    public long TrainRows { get; } = Train.GetRowCount() ?? Train.Preview(int.MaxValue).RowView.Length;

    public long TestRows { get; } = Test.GetRowCount() ?? Test.Preview(int.MaxValue).RowView.Length;

    /// <summary>Digits drawn on the spot.</summary>
    public static Images Drawn(MLContext ml, int trainRows, int testRows) =>
        new(ml.Data.GenerateDigits(trainRows, seed: 1, outputAsFloatArray: false), ml.Data.GenerateDigits(testRows, seed: 2, outputAsFloatArray: false));

    /// <summary>The four IDX files of MNIST, Fashion-MNIST or their kin, compressed or not.</summary>
    public static Images From(MLContext ml, string folder, int? trainRows)
    {
        string Find(string name) => new[] { name, name + ".gz", name.Replace("-idx", ".idx", StringComparison.Ordinal) }
            .Select(candidate => Path.Combine(folder, candidate)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{folder} has neither {name} nor {name}.gz: expected the four IDX files of the MNIST family.");
        var train = ml.Data.LoadFromIdx(Find("train-images-idx3-ubyte"), Find("train-labels-idx1-ubyte"), outputAsFloatArray: false);
        var test = ml.Data.LoadFromIdx(Find("t10k-images-idx3-ubyte"), Find("t10k-labels-idx1-ubyte"), outputAsFloatArray: false);
        return new Images(trainRows is { } rows ? ml.Data.TakeRows(train, rows) : train, test);
    }
}
