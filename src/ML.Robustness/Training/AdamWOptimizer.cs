using TorchSharp.Modules;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>
/// TorchSharp's AdamW, whose step makes scalars that nothing keeps alive, with the same step on scalars that are kept.
/// </summary>
internal sealed class AdamWOptimizer(IEnumerable<Parameter> parameters, double learningRate, double beta1, double beta2,
    double weightDecay) : AdamW(parameters, learningRate, beta1, beta2, Epsilon, weightDecay)
{
    private const double Epsilon = 1e-8;
    private readonly double _beta1 = beta1, _beta2 = beta2, _weightDecay = weightDecay;

    public override Tensor step(Func<Tensor>? closure = null) => _step<ParamGroup>(group =>
    {
        foreach (var parameter in group.Parameters)
        {
            if (parameter.grad is { } gradient)
                Update(parameter, gradient, (State)_state[parameter.Handle], group.LearningRate);
        }
    }, closure);

    private void Update(Parameter parameter, Tensor gradient, State state, double rate)
    {
        state.step++;
        parameter.mul_(Kept(1 - rate * _weightDecay));
        state.exp_avg.mul_(Kept(_beta1)).add_(gradient, Kept(1 - _beta1));
        state.exp_avg_sq.mul_(Kept(_beta2)).addcmul_(gradient, gradient, Kept(1 - _beta2));
        var size = rate / (1 - Math.Pow(_beta1, state.step));
        var divisor = state.exp_avg_sq.sqrt().div_(Kept(Math.Sqrt(1 - Math.Pow(_beta2, state.step)))).add_(Kept(Epsilon), One);
        parameter.addcdiv_(state.exp_avg, divisor, Kept(-size));
    }
}
