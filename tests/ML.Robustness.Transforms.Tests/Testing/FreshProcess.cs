using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Xunit.MicrosoftTestingPlatform;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>
/// This assembly as a program: runs the tests, loads a model and prints the scores of <see cref="TwoDimensionalClasses"/>, bit
/// for bit, or disposes classifiers that many threads use.
/// </summary>
internal static class FreshProcess
{
    private const string ScoresArgument = "fresh-process", DisposalArgument = "dispose-in-use";

    public static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case [ScoresArgument, var path]:
                var ml = new MLContext(seed: 1);
                foreach (var row in Describe(ml, ml.Model.Load(path, out _)))
                    Console.WriteLine(row);
                return 0;
            case [DisposalArgument, var rounds, var threads, var seed]:
                var (calls, faults) = DisposalStress.Run(Number(rounds), Number(threads), Number(seed));
                Console.WriteLine($"{calls} calls");
                foreach (var fault in faults)
                    Console.Error.WriteLine(fault);
                return faults.Count == 0 ? 0 : 1;
            default:
                return await TestPlatformTestFramework.RunAsync(
                    arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
        }
    }

    /// <summary>The rows that a process of its own prints for this model.</summary>
    internal static List<string> Run(string modelPath) => Start(ScoresArgument, modelPath);

    /// <summary>Disposes classifiers in use in a process of its own, since a mistake there ends the process.</summary>
    internal static List<string> DisposeInUse(int rounds, int threads, int seed) =>
        Start(DisposalArgument, $"{rounds}", $"{threads}", $"{seed}");

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static List<string> Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(FreshProcess).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{errors.Result}");
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
