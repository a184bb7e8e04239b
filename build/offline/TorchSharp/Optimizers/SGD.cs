namespace TorchSharp.Modules
{
    using static torch;

    public class SGD : OptimizerHelper
    {
        private readonly double momentum;
        private readonly double dampening;
        private readonly double decay;
        private readonly bool nesterov;
        private readonly bool maximize;

        internal SGD(IEnumerable<Parameter> parameters, double rate, double momentum, double dampening, double decay, bool nesterov, bool maximize)
        {
            if (momentum < 0)
                throw new ArgumentException($"Invalid momentum value: {momentum}");
            if (decay < 0)
                throw new ArgumentException($"Invalid weight_decay value: {decay}");
            if (nesterov && (momentum <= 0 || dampening != 0))
                throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening");
            this.momentum = momentum;
            this.dampening = dampening;
            this.decay = decay;
            this.nesterov = nesterov;
            this.maximize = maximize;
            Add(parameters, rate, _ => new State());
        }

        private protected override void Update(ParamGroup group)
        {
            Scalar shrink = decay, keep = momentum, add = 1 - dampening, step = maximize ? group.LearningRate : -group.LearningRate;
            foreach (var parameter in group.Parameters)
            {
                var gradient = parameter.grad;
                if (gradient is null)
                    continue;
                if (decay != 0)
                    gradient = gradient.add(parameter, shrink);
                if (momentum != 0)
                {
                    var state = StateOf<State>(parameter);
                    if (state.momentum_buffer is null)
                        state.momentum_buffer = gradient.clone().DetachFromDisposeScope();
                    else
                        state.momentum_buffer.mul_(keep).add_(gradient, add);
                    gradient = nesterov ? gradient.add(state.momentum_buffer, keep) : state.momentum_buffer;
                }
                parameter.add_(gradient, step);
            }
        }

        public sealed class State : OptimizerState, IDisposable
        {
            public Tensor momentum_buffer;

            internal State()
            {
            }

            public void Dispose() => momentum_buffer?.Dispose();
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}
