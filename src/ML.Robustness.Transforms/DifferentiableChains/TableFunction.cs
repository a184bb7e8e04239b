using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>What some steps make of a column that is not attacked: a row of numbers for each of its values.</summary>
internal sealed class TableFunction : ColumnFunction
{
    private readonly Tensor _rows;

    /// <param name="rows">The numbers of each value, in the order of their codes.</param>
    /// <param name="length">How many numbers each has.</param>
    internal TableFunction(float[] rows, int length)
        : base(nameof(TableFunction))
    {
        _rows = tensor(rows, [rows.Length / length, length], device: CPU);
        RegisterComponents();
    }

    internal override bool IsAffine => true;

    /// <param name="input">(N, 1), the values' codes.</param>
    public override Tensor forward(Tensor input)
    {
        using var codes = input.detach().squeeze(1).to(ScalarType.Int64);
        return _rows.index_select(0, codes);
    }
}
