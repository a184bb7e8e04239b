using System.Security.Cryptography;
using Microsoft.ML;

namespace Samples.Shared;

/// <summary>Training and test rows.</summary>
/// <param name="Source">The data's identity: the same for the same rows, whatever their number.</param>
/// <param name="Train">The training rows.</param>
/// <param name="Test">The test rows.</param>
public sealed record Images(string Source, IDataView Train, IDataView Test)
{
    private const int DrawnRows = 6000;

    /// <summary>The number of training rows.</summary>
    public long TrainRows { get; } = Train.GetRowCount() ?? Train.Preview(int.MaxValue).RowView.Length;

    /// <summary>The number of test rows.</summary>
    public long TestRows { get; } = Test.GetRowCount() ?? Test.Preview(int.MaxValue).RowView.Length;

    /// <summary>Drawn digits, or the images of a folder.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="folder">
    /// The folder with the four IDX files of MNIST, Fashion-MNIST and the like; null for drawn digits.
    /// </param>
    /// <param name="trainRows">The number of training rows; null for 6000 drawn digits or all rows of the folder.</param>
    /// <param name="drawnTestRows">The number of test rows where digits are drawn.</param>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    public static Images Open(MLContext ml, string? folder, int? trainRows = null, int drawnTestRows = 2000)
    {
        ArgumentNullException.ThrowIfNull(ml);
        return folder is null ? Draw(ml, trainRows ?? DrawnRows, drawnTestRows) : Read(ml, folder, trainRows);
    }

    private static Images Draw(MLContext ml, int trainRows, int testRows) => new(
        "drawn digits, seed 1",
        ml.Data.GenerateDigits(trainRows, seed: 1, outputAsFloatArray: false),
        ml.Data.GenerateDigits(testRows, seed: 2, outputAsFloatArray: false));

    private static Images Read(MLContext ml, string folder, int? trainRows)
    {
        var (images, labels) = (Find(folder, "train-images-idx3-ubyte"), Find(folder, "train-labels-idx1-ubyte"));
        var train = ml.Data.LoadFromIdx(images, labels, outputAsFloatArray: false);
        var test = ml.Data.LoadFromIdx(
            Find(folder, "t10k-images-idx3-ubyte"), Find(folder, "t10k-labels-idx1-ubyte"), outputAsFloatArray: false);
        if (trainRows is { } rows)
            train = ml.Data.TakeRows(train, rows);
        return new Images($"{Checksum(images)} {Checksum(labels)}", train, test);
    }

    private static string Find(string folder, string name) =>
        new[] { name, name + ".gz", name.Replace("-idx", ".idx", StringComparison.Ordinal) }
            .Select(candidate => Path.Combine(folder, candidate)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException(
            $"{folder} has neither {name} nor {name}.gz. Expected the four IDX files of the MNIST family: "
            + "download them into the folder.");

    private static string Checksum(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file))[..16];
    }
}
