using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Nodes;

/// <summary>A node that is ready to run: its attributes are read.</summary>
/// <param name="inputs">The inputs; null for optional ones that the node leaves out.</param>
/// <param name="batch">The rows of the run.</param>
/// <returns>The outputs, new tensors; null for one that cannot be computed.</returns>
internal delegate Tensor?[] Operation(Tensor[] inputs, BatchSize batch);

/// <summary>The rows of a run, those that the file declares (0 where it declares none), and the values of a row.</summary>
internal readonly record struct BatchSize(long Rows, long Declared, long RowValues);
