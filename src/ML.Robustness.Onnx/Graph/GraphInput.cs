using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using Onnx;
using static TorchSharp.torch;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ML.Robustness.Onnx.Graph;

/// <summary>The input of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its sizes, the batch first; null where they are open.</param>
internal sealed record GraphInput(string Name, IReadOnlyList<long?> Shape)
{
    private const int LargestRank = 5;

    internal long DeclaredBatch => Shape[0] ?? 0;

    internal static GraphInput Of(ValueInfoProto value, InputShape? row, string file)
    {
        var type = value.Type?.TensorType ?? throw new NotSupportedException(
            $"{file}: input '{value.Name}' is no tensor, but a network reads one.");
        if ((DataType)type.ElemType is not (DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16))
            throw new NotSupportedException(
                $"{file}: input '{value.Name}' is of {(DataType)type.ElemType}, but attacks and attributions need numbers with a "
                + "gradient. Export the network from its embedding or its normalisation on, with inputs of float.");
        if (type.Shape is null || type.Shape.Dim.Count is 0 or > LargestRank)
            throw new NotSupportedException(
                $"{file}: input '{value.Name}' declares {type.Shape?.Dim.Count ?? 0} sizes: expected the batch first, then 0 to "
                + $"{LargestRank - 1} more.");
        if (row is { } given)
            Declare(value, type.Shape, given);
        return new GraphInput(value.Name,
            [.. type.Shape.Dim.Select(size => size.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue
                && size.DimValue > 0 ? size.DimValue : (long?)null)]);
    }

    // In the graph itself, so that its bytes in a model file declare the shape too.
    private static void Declare(ValueInfoProto value, TensorShapeProto shape, InputShape row)
    {
        var sizes = row.Batch(1);
        if (sizes.Length != shape.Dim.Count)
            throw new ArgumentException(
                $"OnnxNetworkOptions.InputShape is {row}, but input '{value.Name}' has {shape.Dim.Count} axes with the batch: "
                + "expected " + (shape.Dim.Count switch
                {
                    2 => "InputShape.Vector(length).",
                    4 => "new InputShape(channels, height, width).",
                    _ => "null, the shape of the file.",
                }), nameof(row));
        for (var axis = 1; axis < sizes.Length; axis++)
            shape.Dim[axis].DimValue = sizes[axis];
    }

    /// <summary>Throws where inputs are not as declared: some wrong ones would end the process inside libtorch.</summary>
    internal void Check(Tensor input)
    {
        var shape = input.shape;
        var fits = shape.Length == Shape.Count && shape[0] > 0
            && Shape.Skip(1).Zip(shape.Skip(1)).All(pair => pair.First is null ? pair.Second > 0 : pair.First == pair.Second);
        if (!fits)
        {
            var sizes = Shape.Skip(1).Select(size => size?.ToString(CultureInfo.InvariantCulture) ?? "any").Prepend("N");
            throw new ArgumentException(
                $"The ONNX network reads inputs of shape ({string.Join(", ", sizes)}), got {TensorShape.Text(shape)}.",
                nameof(input));
        }
        if (!input.is_floating_point())
            throw new ArgumentException($"The ONNX network reads floating-point inputs, got {input.dtype}.", nameof(input));
    }
}
