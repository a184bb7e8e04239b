using System.Runtime.Intrinsics.X86;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>
/// A field-aware factorization machine: Σ w(j) x(j) + Σ ⟨v(a, field of b), v(b, field of a)⟩ x(a) x(b) over all pairs a &lt; b.
/// </summary>
internal sealed class FactorizationMachineScores : ScoreFunction
{
    private const float LeastNorm = 1e-30f;

    private readonly Tensor _linear, _latent, _ownSquares;
    private readonly int[] _fields;
    private readonly bool _isNormalized;

    /// <param name="linear">The weight of each feature.</param>
    /// <param name="latent">The vectors: feature, field, place.</param>
    /// <param name="length">The places of a vector.</param>
    /// <param name="isNormalized">Whether rows are divided by their L2 norm.</param>
    /// <param name="fields">The number of features of each field.</param>
    internal FactorizationMachineScores(float[] linear, float[] latent, int length, bool isNormalized, int[] fields)
        : base(nameof(FactorizationMachineScores))
    {
        using var scope = NewDisposeScope();
        _fields = fields;
        _isNormalized = isNormalized;
        // With AVX, ML.NET leaves out what does not fill a vector of eight.
        var used = Avx.IsSupported ? length / 8 * 8 : length;
        _linear = tensor(linear, [1, linear.Length], device: CPU).DetachFromDisposeScope();
        _latent = tensor(latent, [linear.Length, fields.Length, length], device: CPU).narrow(2, 0, used).contiguous()
            .DetachFromDisposeScope();
        var squares = new List<Tensor>();
        for (var (field, first) = (0, 0); field < fields.Length; first += fields[field++])
            squares.Add(_latent.narrow(0, first, fields[field]).select(1, field).pow(Kept(2)).sum(1));
        _ownSquares = cat(squares).DetachFromDisposeScope();
        RegisterComponents();
    }

    internal override Tensor Raw(Tensor input)
    {
        using var scope = NewDisposeScope();
        var values = _isNormalized
            ? input.div(input.pow(Kept(2)).sum(1, keepdim: true).sqrt().clamp_min(Kept(LeastNorm))) : input;
        var sums = new Tensor[_fields.Length];
        for (var (field, first) = (0, 0); field < _fields.Length; first += _fields[field++])
            sums[field] = tensordot(
                values.narrow(1, first, _fields[field]), _latent.narrow(0, first, _fields[field]), [1], [0]);
        var pairs = stack(sums, 1);
        // Each pair twice, and each feature with itself.
        var crossed = pairs.mul(pairs.transpose(1, 2)).sum([1L, 2, 3]).sub(values.pow(Kept(2)).mul(_ownSquares).sum(1))
            .div(Kept(2));
        return nn.functional.linear(values, _linear).add(crossed.unsqueeze(1), One).MoveToOuterDisposeScope();
    }

    internal override Tensor Logits(Tensor raw)
    {
        using var scope = NewDisposeScope();
        return cat([zeros_like(raw), raw], 1).MoveToOuterDisposeScope();
    }

    internal override Tensor Scores(Tensor raw) => raw.clone();
}
