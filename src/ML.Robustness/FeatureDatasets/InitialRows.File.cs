using ML.Robustness.Models;
using ML.Robustness.Persistence;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureDatasets;

public sealed partial class InitialRows
{
    private const string Kind = "StartRows";
    private const long LargestPart = 1 << 30;

    /// <summary>Writes the rows to a section of a model file, with a checksum.</summary>
    internal void Write(Stream stream)
    {
        using var scope = NewDisposeScope();
        using var numbers = tensor(Numbers.ToArray(), device: CPU);
        using var section = new Section(Inputs, numbers);
        ModelWeights.Write(stream, section, Kind);
    }

    /// <summary>Reads the rows that <see cref="Write"/> wrote.</summary>
    /// <param name="stream">Stands at the section's begin, and then at its end.</param>
    /// <param name="shape">(P, …).</param>
    /// <param name="type">The rows' element type.</param>
    /// <exception cref="InvalidDataException">The section is damaged, or not of rows of this shape.</exception>
    internal static InitialRows Read(Stream stream, long[] shape, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var table = ModelWeights.ReadTable(stream);
        table.CheckValues(
            shape[0] + CheckedReader.Product("the initial rows", shape, int.MaxValue * (long)int.MaxValue),
            $"the step's {shape[0]} initial rows of [{string.Join(", ", shape[1..])}]");
        var (inputs, numbers) = (zeros(shape, type, CPU), zeros([shape[0]], ScalarType.Int64, CPU));
        using (var section = new Section(inputs, numbers))
            table.ReadValues(stream, section);
        return new InitialRows(inputs, numbers.data<long>().ToArray());
    }

    /// <summary>The rows as the buffers of a module, each small enough for a span.</summary>
    private sealed class Section : Module<Tensor, Tensor>
    {
        internal Section(Tensor inputs, Tensor numbers)
            : base(Kind)
        {
            var rows = inputs.shape[0];
            var rowSize = Math.Max(1, inputs.numel() / rows * inputs.ElementSize);
            var most = Math.Max(1, LargestPart / rowSize);
            register_buffer("numbers", numbers.alias());
            for (var first = 0L; first < rows; first += most)
                register_buffer($"rows{first}", inputs.narrow(0, first, Math.Min(most, rows - first)));
        }

        public override Tensor forward(Tensor input) => throw new NotSupportedException("Rows are no network.");
    }
}
