using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Xunit.MicrosoftTestingPlatform;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>This assembly as a program: runs the tests, or loads a model and prints the scores of
/// <see cref="TwoDimensionalClasses"/>, bit for bit.</summary>
internal static class FreshProcess
{
    private const string Argument = "fresh-process";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [ChildProcess.Argument, var name, var argument])
            return ChildProcess.Run(name, argument);
        if (arguments is not [Argument, var path])
            return await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
        var ml = new MLContext(seed: 1);
        foreach (var row in Describe(ml, ml.Model.Load(path, out _)))
            Console.WriteLine(row);
        return 0;
    }

    /// <summary>The rows that a process of its own prints for this model.</summary>
    internal static List<string> Run(string modelPath)
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
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    internal static List<string> Describe(MLContext ml, ITransformer model)
    {
        var scored = model.Transform(TwoDimensionalClasses.View(ml, rows: 20, seed: 9));
        return [
            .. TwoDimensionalClasses.ScoresOnly(scored)
            .Select(
                score => string.Join(' ',
                    score.Select(value => BitConverter.SingleToInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture))))];
    }
}
