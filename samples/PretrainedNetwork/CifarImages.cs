using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Samples.Shared;

namespace PretrainedNetwork;

/// <summary>Images of some classes of CIFAR-10.</summary>
internal static class CifarImages
{
    /// <summary>Reads the first images of each class.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="folder">The folder with files of CIFAR-10's binary version, gzip or not.</param>
    /// <param name="settings">How many images.</param>
    /// <exception cref="IOException">The folder has no such files.</exception>
    public static Images Open(MLContext ml, string folder, ExperimentSettings settings)
    {
        var (train, test) = (Find(folder, "data_batch", "train"), Find(folder, "test"));
        var source = string.Join(' ', train.Concat(test).Select(Checksum));
        return new Images($"{source} {string.Join(' ', ExperimentSettings.ClassNames)}",
            Take(ml, train, settings.TrainImages), Take(ml, test, settings.TestImages));
    }

    /// <summary>Some of the rows.</summary>
    public static IDataView Pick(MLContext ml, IDataView data, IEnumerable<int> rows)
    {
        var named = ml.Transforms.Conversion.MapKeyToValue("Label").Fit(data).Transform(data);
        var images = ml.Data.CreateEnumerable<CifarImage>(named, reuseRowObject: false).ToArray();
        return View(ml, rows.Select(row => images[row]));
    }

    private static IDataView Take(MLContext ml, string[] paths, int rows)
    {
        var data = ml.Data.LoadFromCifar10(paths);
        var named = ml.Transforms.Conversion.MapKeyToValue("Label").Fit(data).Transform(data);
        var left = ExperimentSettings.ClassNames.ToDictionary(name => name, _ => rows);
        var images = new List<CifarImage>();
        foreach (var image in ml.Data.CreateEnumerable<CifarImage>(named, reuseRowObject: false))
        {
            if (left.GetValueOrDefault(image.Label) == 0)
                continue;
            left[image.Label]--;
            images.Add(image);
        }
        return View(ml, images);
    }

    private static IDataView View(MLContext ml, IEnumerable<CifarImage> images)
    {
        var classes = ml.Data.LoadFromEnumerable(ExperimentSettings.ClassNames.Select(name => new CifarClass(name)));
        var chosen = ml.Data.LoadFromEnumerable(images);
        return ml.Transforms.Conversion.MapValueToKey("Label", keyData: classes).Fit(chosen).Transform(chosen);
    }

    private static string[] Find(string folder, params string[] names)
    {
        string[] found = Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Where(path => path.EndsWith(".bin", StringComparison.Ordinal)
                || path.EndsWith(".bin.gz", StringComparison.Ordinal))
                .Where(path => names.Any(Path.GetFileName(path).Contains)).Order(StringComparer.Ordinal)]
            : [];
        return found.Length > 0 ? found : throw new FileNotFoundException(
            $"{folder} has no .bin or .bin.gz file called {string.Join(" or ", names)}. Expected CIFAR-10's binary version: "
            + "unpack it (data_batch_1.bin to data_batch_5.bin, test_batch.bin), and name the folder with --data.");
    }

    private static string Checksum(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file))[..16];
    }
}
