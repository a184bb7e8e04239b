using System.IO.Compression;
using System.Text;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>A TorchScript file as PyTorch writes it: one linear layer after a flatten.</summary>
internal static class TorchScriptFile
{
    private const string Code =
        """
        class Net(Module):
          __parameters__ = ["weight", "bias", ]
          __buffers__ = []
          weight : Tensor
          bias : Tensor
          training : bool
          def forward(self: __torch__.Net,
            x: Tensor) -> Tensor:
            weight = self.weight
            bias = self.bias
            return torch.linear(torch.flatten(x, 1), weight, bias)

        """;

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weight">The weights (classes, features), fewer than 256 of them.</param>
    /// <param name="bias">One number for each class.</param>
    public static void Write(string path, float[,] weight, float[] bias)
    {
        var (classes, features) = (weight.GetLength(0), weight.GetLength(1));
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add(archive, "data.pkl", Encoding.Latin1.GetBytes(string.Concat(
            "\u0080\u0002c__torch__\nNet\n)\u0081}(",
            Text("weight"), Parameter("0", [classes, features], [features, 1]),
            Text("bias"), Parameter("1", [classes], [1]),
            Text("training"), "\u0089ub.")));
        Add(archive, "code/__torch__.py", Encoding.UTF8.GetBytes(Code));
        Add(archive, "data/0", Bytes([.. weight.Cast<float>()]));
        Add(archive, "data/1", Bytes(bias));
        Add(archive, "constants.pkl", Encoding.Latin1.GetBytes("\u0080\u0002)."));
        Add(archive, "version", Encoding.UTF8.GetBytes("3\n"));
    }

    // Python's pickle, protocol 2: torch._utils._rebuild_tensor_v2(storage, 0, sizes, strides, True, OrderedDict()).
    private static string Parameter(string storage, int[] sizes, int[] strides) => string.Concat(
        "ctorch._utils\n_rebuild_tensor_v2\n((",
        Text("storage"), "ctorch\nFloatStorage\n", Text(storage), Text("cpu"), Number(sizes.Aggregate((a, b) => a * b)), "tQ",
        Number(0), Tuple(sizes), Tuple(strides), "\u0088ccollections\nOrderedDict\n)RtR");

    private static string Text(string text) => $"X{(char)text.Length}\0\0\0{text}";

    private static string Number(int value) => $"K{(char)value}";

    private static string Tuple(int[] values) => $"({string.Concat(values.Select(Number))}t";

    private static byte[] Bytes(float[] values)
    {
        var bytes = new byte[sizeof(float) * values.Length];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static void Add(ZipArchive archive, string name, byte[] content)
    {
        using var entry = archive.CreateEntry($"net/{name}", CompressionLevel.NoCompression).Open();
        entry.Write(content);
    }
}
