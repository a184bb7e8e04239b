namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>The data sets in <c>../shared/data</c>, beside the repository, where that folder is.</summary>
internal static class SharedData
{
    /// <summary>The folder of a data set. Skips the test where <c>../shared</c> is absent; where it is there, its data must be
    /// too.</summary>
    public static string FolderOrSkip(string name)
    {
        var shared = Path.Combine(Repository.Root, "..", "shared");
        Assert.SkipUnless(Directory.Exists(shared), "There is no ../shared beside the repository.");
        var data = Path.Combine(shared, "data", name);
        Assert.True(Directory.Exists(data), $"../shared is there, but ../shared/data/{name} is not.");
        return data;
    }
}
