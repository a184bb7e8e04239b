using System.CommandLine;
using Spectre.Console;

namespace Samples.Shared;

/// <summary>Runs a sample from its command line.</summary>
public static class SampleRunner
{
    private const int FileWidth = 160;

    /// <summary>
    /// Parses the arguments and runs the sample: without colours and in wide lines where the output goes into a file.
    /// </summary>
    /// <param name="command">The sample's options.</param>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="run">The sample; it returns the exit code, 0 or 1.</param>
    /// <returns>The exit code; 2, after one line of error, where the sample could not run.</returns>
    public static Task<int> RunAsync(RootCommand command, string[] args, Func<ParseResult, CancellationToken, int> run)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (Console.IsOutputRedirected)
            (AnsiConsole.Profile.Capabilities.ColorSystem, AnsiConsole.Profile.Width) = (ColorSystem.NoColors, FileWidth);
        command.SetAction((arguments, cancellation) =>
        {
            try
            {
                return Task.FromResult(run(arguments, cancellation));
            }
            catch (Exception error) when (error is ArgumentException or IOException or InvalidDataException
                or InvalidOperationException or UnauthorizedAccessException or OperationCanceledException)
            {
                Console.Error.WriteLine(error.Message);
                return Task.FromResult(2);
            }
        });
        return command.Parse(args).InvokeAsync();
    }
}
