using Spectre.Console;

namespace HardenClassifier;

/// <summary>Runs a sample: no colours into a file, and one line instead of a stack trace where it could not be tried.</summary>
internal static class Story
{
    public static Task<int> Tell(Func<int> story)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
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
