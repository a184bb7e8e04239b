using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace ML.Robustness.Models;

/// <summary>The loading of TorchSharp's native library, with one error that says why it fails and what to do.</summary>
internal static partial class LibTorch
{
    private static readonly Lazy<(string Message, Exception Cause)?> Failure = new(Load);

    /// <summary>Loads the native library; called wherever this library may be the first to use TorchSharp.</summary>
    /// <exception cref="DllNotFoundException">It cannot be loaded.</exception>
    public static void Require()
    {
        if (Failure.Value is { } failure)
            throw new DllNotFoundException(failure.Message, failure.Cause);
    }

    /// <summary>Loads the native library before a network's base class does.</summary>
    /// <returns>The name as it was given.</returns>
    /// <exception cref="DllNotFoundException">It cannot be loaded.</exception>
    public static string Loaded(string name)
    {
        Require();
        return name;
    }

    private static (string Message, Exception Cause)? Load()
    {
        // TorchSharp tries one way after another, copies half a gigabyte on its way, and reports all it tried: where the loader
        // itself names the cause, its word is enough.
        if (OperatingSystem.IsLinux() && MissingVersion() is { } missing)
            return missing;
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return null;
        }
        catch (Exception e)
            when (e is NotSupportedException or DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            var version = typeof(torch).Assembly.GetName().Version?.ToString(3);
            return ("libtorch, the native half of TorchSharp, could not be loaded. Reference TorchSharp-cpu, "
                + "TorchSharp-cuda-windows or "
                + $"TorchSharp-cuda-linux {version} in the program's project. What was tried is in the inner exception.", e);
        }
    }

    private static (string Message, Exception Cause)? MissingVersion()
    {
        try
        {
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
            return null;
        }
        catch (DllNotFoundException e)
        {
            var version = VersionNotFound().Match(e.Message);
            if (!version.Success)
                return null;
            var cure = version.Groups["version"].Value.StartsWith("GLIBCXX", StringComparison.Ordinal)
                ? "Set <RelaxGlibcxx>true</RelaxGlibcxx> in the program's project and build again: the output then holds a copy "
                    + "that loads here. "
                    + "Or run it on a newer system."
                : "Run the program on a newer system.";
            return ($"TorchSharp cannot be loaded: {version.Groups["library"].Value} asks "
                + $"for {version.Groups["version"].Value}, which "
                + $"{version.Groups["provider"].Value} of this system does not have. {cure} See docs/troubleshooting.md of "
                + $"ML.Robustness.", e);
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>The error message of glibc's loader: "provider: version `VERSION' not found (required by library)".</summary>
    [GeneratedRegex(@"(?<provider>[^\s:]+): version `(?<version>[A-Z]+_[0-9.]+)' not found \(required by (?<library>[^)]+)\)")]
    private static partial Regex VersionNotFound();
}
