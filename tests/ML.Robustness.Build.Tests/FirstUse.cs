using Microsoft.ML;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using Samples.Shared;
using Xunit.MicrosoftTestingPlatform;

namespace ML.Robustness.Build.Tests;

/// <summary>This assembly as a program: runs the tests, or uses TorchSharp for the first time in one of several ways and prints
/// what came of it.</summary>
internal static class FirstUse
{
    public static readonly Dictionary<string, Action> Ways = new()
    {
        ["ConvNet"] = () => new ConvNet(new InputShape(1, 8, 8), 3).Dispose(),
        ["ResidualNet"] = () => new ResidualNet(new InputShape(1, 8, 8), 3).Dispose(),
        ["MultilayerPerceptron"] = () => new MultilayerPerceptron(new InputShape(1, 2, 2), 3).Dispose(),
        ["InputNormalization"] = () => new InputNormalization([0.5f], [0.25f]).Dispose(),
        ["SeedScope"] = () => new SeedScope(1).Dispose(),
        ["AdversarialTraining"] = () => new MLContext().MulticlassClassification.Trainers.AdversarialTraining(epochs: 1)
            .Fit(Rows()),
        ["Corrupt"] = () => new MLContext().Transforms.Corrupt("Features", new Fog(), 1).Fit(Rows()).Transform(Rows()).Preview(1),
        ["AnalyzeLinearFeatures"] = () => new MLContext().MulticlassClassification.AnalyzeLinearFeatures(Rows(),
            ThreatModel.LInf(0.1), 1),
    };

    private const string Argument = "first-use";

    public static async System.Threading.Tasks.Task<int> Main(string[] arguments)
    {
        if (arguments is not [Argument, var way])
            return await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
        try
        {
            Ways[way]();
            Console.WriteLine("works");
        }
        catch (Exception e)
        {
            Console.WriteLine($"{e.GetType().FullName}: {e.Message}");
        }

        return 0;
    }

    /// <summary>What a process of its own prints.</summary>
    /// <param name="folder">Where the program lies.</param>
    /// <param name="way">One of <see cref="Ways"/>.</param>
    /// <param name="packages">The package folder, where TorchSharp looks for libtorch last.</param>
    public static string Run(string folder, string way, string? packages = null) => Processes.Run(
        "dotnet", [Path.Combine(folder, Path.GetFileName(typeof(FirstUse).Assembly.Location)), Argument, way], packages)
        .TrimEnd();

    private static IDataView Rows() => new MLContext().Data.GenerateDigits(8);
}
