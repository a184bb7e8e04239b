using System.Runtime.CompilerServices;
using TorchSharp;

namespace ML.Robustness.Testing;

/// <summary>`dotnet test` runs two programs of torch side by side: each takes half of the cores, else their threads spin against
/// each other.</summary>
internal static class TorchThreads
{
    [ModuleInitializer]
    internal static void Set() => torch.set_num_threads(Math.Max(1, Environment.ProcessorCount / 2));
}
