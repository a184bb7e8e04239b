namespace ML.Robustness.Testing;

/// <summary>The repository around the tests.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ML.Robustness.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"ML.Robustness.sln is in no folder above '{AppContext.BaseDirectory}'.");
    }
}
