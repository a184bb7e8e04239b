using Spectre.Console;

namespace HardenClassifier;

/// <summary>Runs a sample: no colours and wide lines into a file, and one line instead of a stack trace where it could not be tried.</summary>
internal static class Story
{
    private const int FileWidth = 160;

    public static Task<int> Tell(Func<int> story)
    {
        if (Console.IsOutputRedirected)
            (AnsiConsole.Profile.Capabilities.ColorSystem, AnsiConsole.Profile.Width) = (ColorSystem.NoColors, FileWidth);
        try
        {
            return Task.FromResult(story());
        }
        catch (Exception error) when (error is ArgumentException or IOException or InvalidDataException or InvalidOperationException or UnauthorizedAccessException or OperationCanceledException)
        {
            Console.Error.WriteLine(error.Message);
            return Task.FromResult(2);
        }
    }
}
