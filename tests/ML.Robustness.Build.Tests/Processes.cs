using System.Diagnostics;

namespace ML.Robustness.Build.Tests;

/// <summary>Programs that a test runs.</summary>
internal static class Processes
{
    /// <summary>Runs a program and returns all it printed; a program that fails fails the test.</summary>
    public static string Run(string program, params string[] arguments) => Run(program, arguments, null);

    /// <summary>The same with another package folder of NuGet, or in a folder.</summary>
    public static string Run(string program, string[] arguments, string? packages, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        if (packages is not null)
            start.Environment["NUGET_PACKAGES"] = packages;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output += errors.Result;
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output}");
        return output;
    }
}
