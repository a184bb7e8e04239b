namespace ML.Robustness.Transforms.Tests.Sources;

/// <summary>The data sets beside the repository, where there are any.</summary>
internal static class SharedData
{
    public static string FolderOrSkip(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "ML.Robustness.sln")))
                continue;
            var data = Path.Combine(folder.FullName, "..", "shared", "data", name);
            Skip.IfNot(Directory.Exists(data), $"../shared/data/{name} is absent.");
            return data;
        }

        throw new SkipException("The repository is not around the test's folder.");
    }
}
