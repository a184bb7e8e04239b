using System.CommandLine;
using Spectre.Console;

namespace Samples.Shared;

/// <summary>Runs a sample from its command line.</summary>
public static class SampleRunner
{
    private const int FileWidth = 160, Interrupted = 130;

    /// <summary>
    /// Parses the arguments and runs the sample: without colours and in wide lines where the output goes into a file.
    /// </summary>
    /// <param name="command">The sample's options.</param>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="run">The sample; it returns the exit code, 0 or 1.</param>
    /// <returns>
    /// The exit code; 2, after one line of error, where the sample could not run; 130 where Ctrl+C ended it.
    /// </returns>
    public static async Task<int> RunAsync(RootCommand command, string[] args, Func<ParseResult, CancellationToken, int> run)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (Console.IsOutputRedirected)
            (AnsiConsole.Profile.Capabilities.ColorSystem, AnsiConsole.Profile.Width) = (ColorSystem.NoColors, FileWidth);
        using var stop = new CancellationTokenSource();
        // The first Ctrl+C ends the run at the next step, so that checkpoints are whole; the second ends the process.
        void OnCtrlC(object? sender, ConsoleCancelEventArgs pressed)
        {
            pressed.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
            if (!pressed.Cancel)
                AnsiConsole.Cursor.Show();
        }
        command.SetAction(arguments =>
        {
            try
            {
                return run(arguments, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                Console.Error.WriteLine("Stopped. What is finished is kept: the same command goes on from there.");
                return Interrupted;
            }
            catch (Exception error) when (error is ArgumentException or IOException or InvalidDataException
                or InvalidOperationException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine(error.Message);
                return 2;
            }
        });
        Console.CancelKeyPress += OnCtrlC;
        try
        {
            // The library's own way with Ctrl+C ends the process after two seconds, in the middle of an epoch.
            return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        }
        finally
        {
            Console.CancelKeyPress -= OnCtrlC;
            AnsiConsole.Cursor.Show();
        }
    }
}
