using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ML.Robustness.ThreatModels;

namespace Samples.Shared;

/// <summary>The values of the options that samples share.</summary>
public sealed record SampleSettings
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The folder of the data; null for drawn digits.</summary>
    public string? DataFolder { get; init; }

    /// <summary>The radius of the L∞ ball.</summary>
    public required double Epsilon { get; init; }

    /// <summary>The folder of trained models that the user named; null for none.</summary>
    public string? ModelsFolder { get; init; }

    /// <summary>The folder given as --out, where HardenClassifier puts its models.</summary>
    public required string SharedFolder { get; init; }

    /// <summary>The folder of this sample's own results and models.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>The signal that the user ended the sample.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The threat model of training and attacks.</summary>
    public ThreatModel ThreatModel => ThreatModel.LInf(Epsilon);

    /// <summary>The path of a file of results, its folder made.</summary>
    public string PathOf(string file)
    {
        Directory.CreateDirectory(OutputFolder);
        return Path.Combine(OutputFolder, file);
    }

    /// <summary>
    /// The path of a file that keeps a part of an unfinished run: another one wherever anything that the part depends on differs.
    /// </summary>
    public string StateOf(string name, params object[] dependencies)
    {
        var all = Encoding.UTF8.GetBytes(string.Join('\n', dependencies.Select(one => $"{one}")));
        return PathOf($"{name}.{Convert.ToHexString(SHA256.HashData(all))[..8]}.unfinished");
    }

    /// <summary>Writes the results as JSON.</summary>
    public void WriteMetrics(object metrics, string file = "metrics.json") =>
        File.WriteAllText(PathOf(file), JsonSerializer.Serialize(metrics, Json));
}
