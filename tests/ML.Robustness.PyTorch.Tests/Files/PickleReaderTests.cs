using ML.Robustness.PyTorch.Files;
using ML.Robustness.PyTorch.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Tests.Files;

/// <summary>Tensors and plain containers come out of a pickle, and nothing else is done.</summary>
public sealed class PickleReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private WeightFile? _file;

    public static TheoryData<string, string> Names => new()
    {
        { "os", "system" }, { "posix", "system" }, { "builtins", "eval" }, { "builtins", "getattr" }, { "subprocess", "Popen" },
        { "torch", "load" }, { "torch.hub", "load" }, { "torch._utils", "_rebuild_tensor_v3" }, { "torch", "FloatTensor" },
        { "collections", "Counter" }, { "numpy.core.multiarray", "_reconstruct" }, { "torchvision.models.resnet", "ResNet" },
        { "_codecs", "encode" }, { "torch.nn.modules.linear", "Linear" }, { "", "" },
    };

    /// <summary>What only hostile or damaged pickles do, with the error.</summary>
    public static TheoryData<string, string> Hostile
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (bytes, error) in new (Pickle, string)[]
            {
                (new Pickle().Add('(').Text("id").Add('i').Add("os\nsystem\n"u8.ToArray()), "makes an object of 'os.system'"),
                (new Pickle().Add('(').Global("torch", "Size").Add('o'), "instruction Object"),
                (new Pickle().Global("torch", "Size").Add(')').Add(0x81), "instruction NewObject"),
                (new Pickle().Global("torch", "Size").Add(')').Add('}').Add(0x92), "instruction NewObjectWithKeywords"),
                (new Pickle().Add(0x82, 1), "instruction Extension1"),
                (new Pickle().Text("os").Text("system").Add(0x93), "asks for 'os.system'"),
                (new Pickle().Whole(1).Whole(2).Add(0x93), "a name is no text"),
                (new Pickle().Global("torch", "FloatStorage").Add(')').Add('R'), "calls torch.FloatStorage with other arguments"),
                (new Pickle().Global("torch._utils", "_rebuild_tensor_v2").Add(')').Add('R'), "with other arguments than"),
                (new Pickle().Text("print").Add(')').Add('R'), "calls something that has no name"),
                (new Pickle().Whole(1).Add('}').Add('b'), "sets attributes of something that is no dictionary"),
                (new Pickle().Whole(1).Whole(2).Add('a'), "appends to something that is no list"),
                (new Pickle().Whole(1).Whole(2).Whole(3).Add('s'), "sets items of something that is no dictionary"),
                (new Pickle().Add('}').Add('(').Whole(1).Add('u'), "sets items of something that is no dictionary"),
                (new Pickle().Add('}').Text("a").Whole(1).Add('s').Text("a").Whole(2).Add('s'), "has the name 'a' twice"),
                (new Pickle().Text("x").Add('Q'), "refers to something that is no storage"),
                (new Pickle().Add('h').Add(7), "refers to value 7, which there is not"),
                (new Pickle().Add('t'), "ends a container that never began"),
                (new Pickle().Add('0'), "takes a value where there is none"),
                (new Pickle().Add('(').Add(0x85), "takes a value where there is none"),
                (new Pickle().Add('q').Add(0), "takes a value where there is none"),
                (new Pickle().Whole(1).Whole(2).Stop(), "ends with 2 values instead of one"),
                (new Pickle().Add(0x80, 9), "has protocol 9, where up to 5 is known"),
                (new Pickle().Add('X').Add(0xFF, 0xFF, 0xFF, 0x7F), "claims 2147483647 of characters"),
                (new Pickle().Add('X').Add(0xFF, 0xFF, 0xFF, 0xFF), "claims 4294967295 of characters"),
                (new Pickle().Add('X').Add(1, 0, 0, 0, 0xFF), "at byte"),
                (new Pickle().Add('I').Add("1\n"u8.ToArray()), "has the instruction 0x49, which torch.save does not write"),
                (new Pickle().Add('c').Add([.. Enumerable.Repeat((byte)'x', 300)]), "a name is longer than 256 characters"),
                (new Pickle().Add([.. Enumerable.Repeat((byte)'(', 1001)]), "more than 1000 deep"),
                (new Pickle().Add([.. Enumerable.Repeat((byte)']', (1 << 22) + 1)]), "makes more than 4194304 values"),
                (new Pickle().Add('}').Stop().Add('.'), "its content ends at byte 2 of 3"),
                (new Pickle().Protocol(), "it is cut short"),
            })
                data.Add(Convert.ToBase64String(bytes.Bytes), error);

            return data;
        }
    }

    public void Dispose()
    {
        _scope.Dispose();
        _file?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_OfCode_AreRefused_AndNamed(string module, string name)
    {
        var error = Refused(new Pickle().Protocol().Global(module, name).Text("touch /tmp/x").Add(0x85).Add('R').Stop().Bytes);
        Assert.Contains($"it asks for '{module}.{name}', which is code: only tensors and plain containers are read", error,
            StringComparison.Ordinal);
        Assert.Contains("torch.save(model.state_dict(), path)", error, StringComparison.Ordinal);
        Assert.StartsWith($"'{_folder.PathOf("weights.pth")}' cannot be read", error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void HostilePickles_AreRefused(string pickle, string error) =>
        Assert.Contains(error, Refused(Convert.FromBase64String(pickle)), StringComparison.Ordinal);

    [Theory]
    [InlineData("0", 7, 0, new long[] { 2, 3 }, new long[] { 3, 1 },
        "the storage '0' claims 7 numbers of Float32, but has 24 bytes")]
    [InlineData("0", -1, 0, new long[] { 2, 3 }, new long[] { 3, 1 }, "claims -1 numbers")]
    [InlineData("0", long.MaxValue, 0, new long[] { 1 }, new long[] { 1 }, "claims 9223372036854775807 numbers")]
    [InlineData("1", 6, 0, new long[] { 2, 3 }, new long[] { 3, 1 }, "the storage '1' is missing")]
    [InlineData("../data.pkl", 6, 0, new long[] { 2, 3 }, new long[] { 3, 1 }, "the storage '../data.pkl' is missing")]
    [InlineData("0", 6, 1, new long[] { 2, 3 }, new long[] { 3, 1 }, "from 1 on reaches beyond the 6 numbers of the storage '0'")]
    [InlineData("0", 6, -1, new long[] { 2, 3 }, new long[] { 3, 1 }, "reaches beyond")]
    [InlineData("0", 6, long.MaxValue, new long[] { 2, 3 }, new long[] { 3, 1 }, "reaches beyond")]
    [InlineData("0", 6, 0, new long[] { 2, 3 }, new long[] { 4, 1 }, "reaches beyond")]
    [InlineData("0", 6, 0, new long[] { 2, 3 }, new long[] { -3, 1 }, "reaches beyond")]
    [InlineData("0", 6, 0, new long[] { 2, 3 }, new long[] { long.MaxValue, 1 }, "reaches beyond")]
    [InlineData("0", 6, 0, new long[] { 2, 2, 2 }, new long[] { 1 << 30, 1 << 30, 1 << 30 }, "reaches beyond")]
    [InlineData("0", 6, 0, new long[] { 2, 3 }, new long[] { 3 }, "has 2 sizes and 1 strides")]
    [InlineData("0", 6, 0, new long[] { -2, 3 }, new long[] { 3, 1 }, "which are too many")]
    [InlineData("0", 6, 0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 }, "which are too many")]
    [InlineData("0", 6, 0, new long[] { 1L << 30 }, new long[] { 0 }, "which are too many")]
    public void Tensors_OutsideOfTheirStorage_AreRefused(
        string key, long count, long offset, long[] shape, long[] strides, string error) => Assert.Contains(error, Refused(
            Pickle.StateDictionary(("w", pickle => pickle.Tensor(key, count, offset, shape, strides))).Bytes),
            StringComparison.Ordinal);

    [Fact]
    public void Views_TransposedExpandedAndShared_HaveTheirValues()
    {
        var state = Read(Pickle.StateDictionary(
            ("plain", pickle => pickle.Tensor("0", 6, 0, [2, 3], [3, 1])),
            ("transposed", pickle => pickle.Tensor("0", 6, 0, [3, 2], [1, 3])),
            ("column", pickle => pickle.Tensor("0", 6, 1, [2], [3])),
            ("expanded", pickle => pickle.Tensor("0", 6, 5, [2, 2], [0, 0])),
            ("scalar", pickle => pickle.Tensor("0", 6, 2, [], [])),
            ("none", pickle => pickle.Tensor("0", 6, 6, [0, 4], [4, 1])),
            ("old", pickle => pickle.Tensor("0", 6, 3, [1, 3], [3, 1], rebuild: "_rebuild_tensor"))).Bytes);
        Assert.Equal([0, 1, 2, 3, 4, 5], Values(state["plain"]));
        Assert.Equal([0, 3, 1, 4, 2, 5], Values(state["transposed"]));
        Assert.Equal([1, 4], Values(state["column"]));
        Assert.Equal([5, 5, 5, 5], Values(state["expanded"]));
        Assert.Equal([2], Values(state["scalar"]));
        Assert.Equal([0, 4], state["none"].Read().shape);
        Assert.Equal([3, 4, 5], Values(state["old"]));
    }

    [Fact]
    public void Checkpoints_OfPlainContainers_AreReadWithTheirTensors()
    {
        // Protocol 4, numbers of all kinds, lists, a parameter, a dictionary that holds itself, types and a device.
        var pickle = new Pickle().Protocol(4).Add(0x95).Add(new byte[8]).Dictionary(
            ("epoch", value => value.Whole(90).Add((byte)'q', 9)),
            ("large", value => value.Add(0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1)),
            ("negative", value => value.Whole(long.MinValue)),
            ("zero", value => value.Add(0x8A, 0)),
            ("two bytes", value => value.Add((byte)'M', 1, 2)),
            ("rate", value => value.Add('G').Add(0x3F, 0xE0, 0, 0, 0, 0, 0, 0)),
            ("nothing", value => value.Add('N')),
            ("flags", value => value.Add(']').Add('(').Add(0x88, 0x89).Add('e').Add('N').Add('a')),
            ("short", value => value.Add(0x8C, 1, (byte)'a')),
            ("dtype", value => value.Global("torch", "float32")),
            ("device", value => value.Global("torch", "device").Text("cuda").Add(0x85).Add('R')),
            ("size", value => value.Global("torch", "Size").Tuple(1, 2, 3).Add(0x85).Add('R')),
            ("again", value => value.Add((byte)'h', 9)),
            ("pairs", value => value.Global("collections", "OrderedDict").Add(']').Text("a").Whole(1).Add(0x86).Add('a').Add(0x85)
                .Add('R')),
            ("state_dict", value => value.Text("collections").Text("OrderedDict").Add(0x93).Add(')').Add('R').Add(0x94)
                .Add('(').Text("w")
                .Global("torch._utils", "_rebuild_parameter").Add('(').Tensor("0", 6, 0, [6], [1]).Add(0x88).OrderedDictionary()
                .Add('t').Add('R').Text("self").Add((byte)'h', 1).Add('u'))).Stop();
        using var file = WeightFile.Open(Write(pickle.Bytes));
        var dictionary = Assert.Single(file.Dictionaries);
        Assert.Equal("state_dict", dictionary.Key);
        Assert.Equal([0, 1, 2, 3, 4, 5], Values(Assert.Single(dictionary.Tensors).Value));
    }

    [Fact]
    public void DamagedPickles_GiveOneKindOfError_AndAllocateLittle()
    {
        var pickle = Pickle.StateDictionary(
            ("a", value => value.Tensor("0", 6, 0, [2, 3], [3, 1])), ("b", value => value.Tensor("0", 6, 2, [2], [2]))).Bytes;
        foreach (var damaged in Mutations.All(pickle))
        {
            var path = Write(damaged);
            var allocated = Mutations.Allocated(() =>
            {
                try
                {
                    using var file = WeightFile.Open(path);
                    foreach (var tensor in file.Dictionaries.SelectMany(dictionary => dictionary.Tensors.Values))
                    {
                        using var scope = NewDisposeScope();
                        tensor.Read();
                    }
                }
                catch (InvalidDataException)
                {
                }
            });
            Assert.InRange(allocated, 0, 2_000_000);
        }
    }

    private static float[] Values(StoredTensor tensor) => tensor.Read().contiguous().data<float>().ToArray();

    private IReadOnlyDictionary<string, StoredTensor> Read(byte[] pickle)
    {
        _file = WeightFile.Open(Write(pickle));
        return _file.Dictionaries.Single().Tensors;
    }

    private string Write(byte[] pickle) => _folder.Write("weights.pth",
        WeightFiles.Archive(pickle, ("data/0", WeightFiles.Bytes<float>(0, 1, 2, 3, 4, 5))));

    private string Refused(byte[] pickle)
    {
        var path = Write(pickle);
        return Assert.Throws<InvalidDataException>(() => WeightFile.Open(path).Dispose()).Message;
    }
}
