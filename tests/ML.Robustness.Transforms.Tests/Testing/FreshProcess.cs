using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Models;
using Xunit.MicrosoftTestingPlatform;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>This assembly as a program: runs the tests, or loads a model and prints the scores of
/// <see cref="TwoDimensionalClasses"/>, bit for bit.</summary>
internal static class FreshProcess
{
    private const string Argument = "fresh-process", Trusting = "trusting-process";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [ChildProcess.Argument, var name, var argument])
            return ChildProcess.Run(name, argument);
        if (arguments is not [Argument or Trusting, var path])
            return await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
        if (arguments[0] == Trusting)
        {
            TorchScriptNetwork.AllowInModelFiles();
            ForeignNetworks.Register();
        }
        var ml = new MLContext(seed: 1);
        var model = ml.Model.Load(path, out _);
        foreach (var row in arguments[0] == Trusting ? ForeignNetworks.Describe(ml, model) : Describe(ml, model))
            Console.WriteLine(row);
        return 0;
    }

    /// <summary>The rows that a process of its own prints for this model.</summary>
    /// <param name="modelPath">The model.</param>
    /// <param name="isTrusting">
    /// Whether the process allows TorchScript and registers networks, and describes verdicts and attributions, too.
    /// </param>
    internal static List<string> Run(string modelPath, bool isTrusting = false)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(FreshProcess).Assembly.Location);
        start.ArgumentList.Add(isTrusting ? Trusting : Argument);
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
                Bits)];
    }

    /// <summary>Numbers, bit for bit.</summary>
    internal static string Bits(IEnumerable<float> values) => string.Join(' ',
        values.Select(value => BitConverter.SingleToInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture)));
}
