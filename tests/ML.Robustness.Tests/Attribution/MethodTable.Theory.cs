namespace ML.Robustness.Tests.Attribution;

internal static partial class MethodTable
{
    public static TheoryData<string> Names => [.. Methods.Keys];
}
