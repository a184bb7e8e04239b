using ML.Robustness.PyTorch.Files;
using ML.Robustness.PyTorch.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Tests.Files;

/// <summary>Safetensors files: what they hold, and what is refused.</summary>
public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("weights.bin")]
    public void Tensors_AreRead_ByContent(string name)
    {
        using var scope = NewDisposeScope();
        byte[] numbers = [.. WeightFiles.Bytes<float>(1, 2), .. WeightFiles.Bytes<long>(3),
            .. WeightFiles.Bytes((Half)4, (Half)5),
            .. WeightFiles.Bytes(6.5), 0x40, 0x3F, 1];
        // The order in the header is another than that in the file, and spaces fill it up.
        using var file = WeightFile.Open(_folder.Write(name, WeightFiles.Safetensors(
            """
            {"__metadata__":{"format":"pt"},"d":{"dtype":"F64","shape":[1],"data_offsets":[20,28]},
            "w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"n":{"dtype":"I64","shape":[],"data_offsets":[8,16]},
            "h":{"dtype":"F16","shape":[2],"data_offsets":[16,20]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[28,30]},
            "f":{"dtype":"BOOL","shape":[1],"data_offsets":[30,31]},"e":{"dtype":"F32","shape":[3,0],"data_offsets":[8,8]}}   
            """, numbers)));
        var state = Assert.Single(file.Dictionaries).Tensors;
        Assert.Equal([1f, 2f], state["w"].Read().data<float>().ToArray());
        Assert.Equal([2, 1], state["w"].Read().shape);
        Assert.Equal(3, state["n"].Read().item<long>());
        Assert.Equal([4f, 5f], state["h"].Read().to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(6.5, state["d"].Read().item<double>());
        Assert.Equal(0.75f, state["b"].Read().to(ScalarType.Float32).item<float>());
        Assert.True(state["f"].Read().item<bool>());
        Assert.Equal([3, 0], state["e"].Read().shape);
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}""", "outside of the 8 bytes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "outside of the 8 bytes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "has the number -8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "outside of the 8 bytes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "has the number 99999999")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""",
        "has the shape [3] of F32, which takes other than 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", "which are too many")]
    [InlineData("""{"w":{"dtype":"F32","shape":[0.5],"data_offsets":[0,8]}}""", "has the number 0.5")]
    [InlineData("""{"w":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "instead of a list of numbers")]
    [InlineData("""{"w":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "'w' is of the type 'F8_E4M3'")]
    [InlineData("""{"w":{"dtype":7,"shape":[8],"data_offsets":[0,8]}}""", "has other properties than")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", "has other properties than")]
    [InlineData("""{"w":{"dtype":"F32","dtype":"F32","shape":[2]}}""", "has other properties than")]
    [InlineData("""{"w":[1]}""", "has other properties than")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
        "has 'w' twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        "'b' begins at byte 4 of the numbers, where the one before ends at 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a' begins at byte 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "end at byte 4 of the numbers, of which there are 8")]
    [InlineData("""[1]""", "its header is no JSON object")]
    [InlineData("""{"w":""", "is no safetensors file, or is damaged")]
    [InlineData("""{"w":{"dtype":{"a":{"b":{"c":1}}}}}""", "is no safetensors file, or is damaged")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "is no safetensors file, or is damaged")]
    [InlineData("", "is no safetensors file, or is damaged")]
    public void Headers_ThatContradictTheFile_AreRefused(string header, string error) =>
        Assert.Contains(error, Refused(WeightFiles.Safetensors(header, new byte[8])), StringComparison.Ordinal);

    [Fact]
    public void Headers_WithoutTensors_AreRefused() =>
        Assert.Contains("holds no state dictionary", Refused(WeightFiles.Safetensors("{}")), StringComparison.Ordinal);

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(9UL)]
    [InlineData(0x7FFFFFFFUL)]
    public void Headers_ThatClaimMoreThanTheFileHolds_AllocateNothing(ulong length)
    {
        byte[] content = [.. BitConverter.GetBytes(length), .. "{}      "u8];
        var path = _folder.Write("weights.safetensors", content);
        Assert.InRange(Mutations.Allocated(() => Assert.Contains($"claims a header of {length} bytes, where 8 bytes follow",
            Assert.Throws<InvalidDataException>(() => WeightFile.Open(path)).Message, StringComparison.Ordinal)), 0, 500_000);
        Assert.Contains("it has 4 bytes", Refused([1, 2, 3, 4]), StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedFiles_GiveOneKindOfError()
    {
        var content = WeightFiles.Safetensors(
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""",
            new byte[12]);
        foreach (var damaged in Mutations.All(content))
        {
            var path = _folder.Write("weights.safetensors", damaged);
            try
            {
                using var scope = NewDisposeScope();
                using var file = WeightFile.Open(path);
                foreach (var tensor in file.Dictionaries.SelectMany(dictionary => dictionary.Tensors.Values))
                    tensor.Read();
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith($"'{path}' ", error.Message, StringComparison.Ordinal);
            }
        }
    }

    private string Refused(byte[] content)
    {
        var path = _folder.Write("weights.safetensors", content);
        return Assert.Throws<InvalidDataException>(() => WeightFile.Open(path)).Message;
    }
}
