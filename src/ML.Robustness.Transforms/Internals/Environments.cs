using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ML.Robustness.Transforms.Internals;

/// <summary>What a step needs to know of the <c>MLContext</c> it was made by: the environment behind a catalog, its seed, its
/// device.</summary>
internal static class Environments
{
    /// <summary>The environment behind a catalog such as <c>MLContext.MulticlassClassification.Trainers</c>.</summary>
    internal static IHostEnvironment Of(IInternalCatalog catalog) => CatalogUtils.GetEnvironment(catalog);

    /// <summary>The seed that the <c>MLContext</c> was made with, or null.</summary>
    private static int? SeedOf(IHostEnvironment environment) => ((IHostEnvironmentInternal)environment).Seed;

    /// <summary>The seed of a measure that was given none: that of the <c>MLContext</c>, else 0.</summary>
    internal static ulong SeedFor(IInternalCatalog catalog) => (uint)(SeedOf(Of(catalog)) ?? 0);

    /// <summary>The seed of a step that was given none: that of the <c>MLContext</c>, else a number drawn anew.</summary>
    internal static ulong SeedFor(IHostEnvironment environment, IHost host) =>
        SeedOf(environment) is { } seed ? (uint)seed : (ulong)(uint)host.Rand.Next();

    /// <summary>What <c>MLContext.GpuDeviceId</c> and <c>MLContext.FallbackToCpu</c> say now.</summary>
    internal static (int? GpuDeviceId, bool FallbackToCpu) DeviceOf(IHostEnvironment environment)
    {
        var settings = (IHostEnvironmentInternal)environment;
        return (settings.GpuDeviceId, settings.FallbackToCpu);
    }
}
