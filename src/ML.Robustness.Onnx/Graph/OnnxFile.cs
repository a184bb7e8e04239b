using Google.Protobuf;
using ML.Robustness.Onnx.Reading;
using Onnx;

namespace ML.Robustness.Onnx.Graph;

/// <summary>A parsed ONNX file.</summary>
internal sealed class OnnxFile
{
    // Files of earlier and later versions may mean something else by the same operator.
    private const long FirstOpset = 7, LastOpset = 22;

    private readonly ModelProto _model;
    private readonly string _name;
    private readonly string? _folder;

    private OnnxFile(ModelProto model, string name, string? folder) => (_model, _name, _folder) = (model, name, folder);

    internal static OnnxFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return new OnnxFile(Parse(() => ModelProto.Parser.ParseFrom(stream), $"'{path}'"), $"'{path}'",
            Path.GetDirectoryName(Path.GetFullPath(path)));
    }

    internal static OnnxFile Read(byte[] content) =>
        new(Parse(() => ModelProto.Parser.ParseFrom(content), "The model"), "The model", null);

    /// <summary>Makes the graph ready to run. A shape that is chosen is declared in the file's content, too.</summary>
    internal GraphPlan Plan(GraphChoice choice)
    {
        long[] opsets = [.. _model.OpsetImport.Where(set => set.Domain is "" or "ai.onnx").Select(set => set.Version).Distinct()];
        if (opsets is not [var opset])
            throw new InvalidDataException(
                $"{_name} says {(opsets.Length == 0 ? "not" : "twice")} which version of ONNX's operators it uses.");
        if (opset is < FirstOpset or > LastOpset)
            throw new NotSupportedException(
                $"{_name} uses version {opset} of ONNX's operators (opset): expected {FirstOpset} to {LastOpset}. Export "
                    + $"it again "
                + "with another opset_version, or convert it with onnx.version_converter.");
        if (_model.Functions.Count > 0)
            throw new NotSupportedException(
                $"{_name} defines functions of its own ('{_model.Functions[0].Name}'): inline them, for example with "
                    + $"onnx.inliner.");
        return GraphPlan.Of(_model.Graph, opset, new TensorReader(_name, _folder), choice, _name);
    }

    /// <summary>The bytes of a file that holds all of its data, also what it keeps in files beside it.</summary>
    internal byte[] ToBytes()
    {
        var tensors = new TensorReader(_name, _folder);
        foreach (var initializer in _model.Graph.Initializer)
            tensors.TakeIn(initializer);
        return _model.ToByteArray();
    }

    private static ModelProto Parse(Func<ModelProto> parse, string name)
    {
        try
        {
            var model = parse();
            return model.Graph is { Node.Count: > 0 } && model.OpsetImport.Count > 0
                ? model
                : throw new InvalidDataException($"{name} is no ONNX model: it holds no graph.");
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidDataException($"{name} is no ONNX model, or is damaged: {error.Message}", error);
        }
    }
}
