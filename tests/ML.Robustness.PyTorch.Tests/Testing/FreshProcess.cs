using System.Diagnostics;
using Microsoft.ML;
using ML.Robustness.Transforms.Classifiers;
using Xunit.MicrosoftTestingPlatform;

namespace ML.Robustness.PyTorch.Tests.Testing;

/// <summary>This assembly as a program: runs the tests, or loads a model and prints the scores of <see cref="ImageRows"/>, bit
/// for bit.</summary>
internal static class FreshProcess
{
    private const string Argument = "fresh-process";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [Argument, var path])
            return await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
        var ml = new MLContext(seed: 1);
        using var classifier = (NeuralClassifierTransformer)ml.Model.LoadVerified(path, out _);
        Console.WriteLine(Describe(ml, classifier));
        return 0;
    }

    /// <summary>What a process of its own prints for this model.</summary>
    internal static string Run(string modelPath)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(FreshProcess).Assembly.Location);
        start.ArgumentList.Add(Argument);
        start.ArgumentList.Add(modelPath);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output.Trim();
    }

    internal static string Describe(MLContext ml, NeuralClassifierTransformer classifier) => Convert.ToHexString(
        WeightFiles.Bytes(ImageRows.Scores(classifier, ImageRows.View(ml, classifier.InputShape, 3, seed: 9))));
}
