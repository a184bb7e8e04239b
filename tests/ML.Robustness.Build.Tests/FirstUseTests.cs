using System.Text;

namespace ML.Robustness.Build.Tests;

/// <summary>TorchSharp's library on a system whose libstdc++ is too old: the program's own folder, with a library that asks for
/// what nobody has.</summary>
public sealed class FirstUseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Ways => [.. FirstUse.Ways.Keys];

    [Theory, MemberData(nameof(Ways))]
    public void Library_ThatAsksForANewerLibstdc_IsOneErrorWithItsCure(string way)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only libraries for Linux ask for versions of libstdc++.");
        Processes.Run("cp", "-al", AppContext.BaseDirectory, _folder.PathOf("program"));
        var library = _folder.PathOf("program/libLibTorchSharp.so");
        var image = File.ReadAllBytes(library);
        image[RelaxGlibcxx.FindFlags(image)] = 0;
        var name = Encoding.ASCII.GetBytes(RelaxGlibcxx.Version + '\0');
        Encoding.ASCII.GetBytes("GLIBCXX_3.4.99").CopyTo(image, image.AsSpan().IndexOf(name));
        File.Delete(library);
        File.WriteAllBytes(library, image);

        var said = FirstUse.Run(_folder.PathOf("program"), way);

        Assert.Equal(
            $"System.DllNotFoundException: TorchSharp cannot be loaded: {library} asks for GLIBCXX_3.4.99, which libstdc++.so.6 "
                + $"of this system does not have. "
            + "Set <RelaxGlibcxx>true</RelaxGlibcxx> in the program's project and build again: the output then holds a copy that "
            + "loads here. "
            + "Or run it on a newer system. See docs/troubleshooting.md of ML.Robustness.",
            said.Replace("/lib/x86_64-linux-gnu/", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Program_WithoutLibtorch_IsOneErrorThatNamesThePackages()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The folder is copied with cp.");
        Processes.Run("cp", "-al", AppContext.BaseDirectory, _folder.PathOf("program"));
        foreach (var file in Directory.GetFiles(_folder.PathOf("program"), "lib*torch*"))
            File.Delete(file);
        File.Delete(_folder.PathOf("program/libLibTorchSharp.so"));

        // TorchSharp writes what it tried to the console by itself.
        Assert.EndsWith(
            "System.DllNotFoundException: libtorch, the native half of TorchSharp, could not be loaded. Reference "
                + "TorchSharp-cpu, "
            + "TorchSharp-cuda-windows or TorchSharp-cuda-linux 0.107.0 in the program's project. What was tried is in the inner "
            + "exception.",
            FirstUse.Run(_folder.PathOf("program"), "ConvNet", packages: _folder.PathOf("none")), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Ways))]
    public void Program_AsBuilt_Works(string way) => Assert.Equal("works", FirstUse.Run(AppContext.BaseDirectory, way));
}
