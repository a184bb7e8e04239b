using System.CommandLine;

namespace Samples.Shared;

/// <summary>The command-line options that samples share.</summary>
/// <param name="results">The files that the sample writes, for the help text.</param>
/// <param name="subfolder">
/// The folder of the results within --out, so that samples with the same --out do not overwrite each other's; null for --out
/// itself.
/// </param>
public sealed class SampleOptions(string results, string? subfolder = null)
{
    /// <summary>The folder of the data.</summary>
    public Option<DirectoryInfo?> Data { get; } = new("--data")
    {
        Description = "Folder with the four IDX files of the MNIST family, gz or not; drawn digits without it",
    };

    /// <summary>The radius of attacks.</summary>
    public Option<double?> Epsilon { get; } = new("--epsilon")
    {
        Description = "Radius of the L∞ ball, images in [0, 1]; 0.2 for drawn digits, 0.1 for --data",
    };

    /// <summary>The folder of trained models.</summary>
    public Option<DirectoryInfo?> Models { get; } = new("--models")
    {
        Description = "Folder with the models of HardenClassifier; "
            + "without it, models in --out are used where they fit, else trained",
    };

    /// <summary>The folder of the results.</summary>
    public Option<DirectoryInfo> Output { get; } = new("--out")
    {
        Description = subfolder is null ? $"Folder for {results}" : $"Folder for {results}, within its folder {subfolder}",
        DefaultValueFactory = _ => new DirectoryInfo("out"),
    };

    /// <summary>Reads the values given on the command line.</summary>
    public SampleSettings Read(ParseResult arguments, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var data = arguments.GetValue(Data)?.FullName;
        var output = arguments.GetValue(Output)!.FullName;
        return new SampleSettings
        {
            DataFolder = data,
            Epsilon = arguments.GetValue(Epsilon) ?? (data is null ? 0.2 : 0.1),
            ModelsFolder = arguments.GetValue(Models)?.FullName,
            SharedFolder = output,
            OutputFolder = subfolder is null ? output : Path.Combine(output, subfolder),
            Cancellation = cancellation,
        };
    }
}
