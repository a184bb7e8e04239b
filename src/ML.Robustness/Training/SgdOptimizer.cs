using TorchSharp.Modules;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>
/// TorchSharp's SGD, whose step makes scalars that nothing keeps alive, with the same step on scalars that are kept.
/// </summary>
internal sealed class SgdOptimizer(IEnumerable<Parameter> parameters, double learningRate, double momentum, double weightDecay,
    bool nesterov) : SGD(parameters, learningRate, momentum, 0, weightDecay, nesterov)
{
    private readonly double _momentum = momentum, _weightDecay = weightDecay;
    private readonly bool _nesterov = nesterov;

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
        if (_weightDecay != 0)
            gradient = gradient.add(parameter, Kept(_weightDecay));
        if (_momentum != 0)
        {
            if (state.momentum_buffer is null)
                state.momentum_buffer = gradient.clone().detach().DetachFromDisposeScope();
            else
                state.momentum_buffer.mul_(Kept(_momentum)).add_(gradient, One);
            gradient = _nesterov ? gradient.add(state.momentum_buffer, Kept(_momentum)) : state.momentum_buffer;
        }
        parameter.add_(gradient, Kept(-rate));
    }
}
