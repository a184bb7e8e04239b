using System.Reflection;
using System.Runtime.CompilerServices;

namespace ML.Robustness.Architectures;

/// <summary>The packages that read networks of other formats, which a model file may need.</summary>
/// <remarks>The names are ours, not the file's: nothing that a file says decides which code is loaded.</remarks>
internal static class OptionalPackage
{
    internal const string Onnx = "ML.Robustness.Onnx";
    internal const string PyTorch = "ML.Robustness.PyTorch";

    /// <summary>Runs the package's own registration.</summary>
    /// <param name="package">Its name.</param>
    /// <param name="network">What the model has, as the error says it, such as "an ONNX graph".</param>
    /// <exception cref="InvalidOperationException">The package is not there.</exception>
    internal static void Load(string package, string network)
    {
        try
        {
            RuntimeHelpers.RunModuleConstructor(Assembly.Load(package).ManifestModule.ModuleHandle);
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException)
        {
            throw new InvalidOperationException(
                $"The model's network is {network}, which the package {package} reads: add it to the project.", error);
        }
    }
}
