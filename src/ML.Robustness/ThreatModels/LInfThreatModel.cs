using ML.Robustness.Data;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

internal sealed class LInfThreatModel(double epsilon, ValueRange? range) : ThreatModel(epsilon, range)
{
    public override string Name => "LInf";

    public override ThreatModel WithEpsilon(double epsilon) => new LInfThreatModel(epsilon, Range);

    public override Tensor Project(Tensor candidates, Tensor origins)
    {
        if (Epsilon == 0)
            return origins.clone();
        using var scope = NewDisposeScope();
        var change = candidates.sub(origins).clamp_(-Epsilon, Epsilon);
        return ClampToRange(change.add_(origins)).MoveToOuterDisposeScope();
    }

    public override Tensor Direction(Tensor gradient) => gradient.sign();

    public override Tensor RandomStart(Tensor origins, RowRandom random)
    {
        using var scope = NewDisposeScope();
        var noise = random.Uniform(origins, -Epsilon, Epsilon);
        return Project(noise.add_(origins), origins).MoveToOuterDisposeScope();
    }

    public override Tensor Distance(Tensor candidates, Tensor origins)
    {
        using var scope = NewDisposeScope();
        var change = candidates.sub(origins).abs().flatten(1);
        return change.max(1).values.MoveToOuterDisposeScope();
    }
}
