using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Files;

/// <summary>Reads bytes of a storage from a place on.</summary>
internal delegate void BytesReader(long from, Span<byte> bytes);

/// <summary>Numbers of a file, which tensors are views of.</summary>
/// <param name="Name">Where the numbers are, for errors.</param>
/// <param name="Type">The type of a number.</param>
/// <param name="Count">How many numbers the file holds.</param>
/// <param name="Read">Reads them.</param>
internal sealed record StoredStorage(string Name, ScalarType Type, long Count, BytesReader Read);
