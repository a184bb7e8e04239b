namespace TorchSharp.Modules
{
    using static torch;

    public class AdamW : OptimizerHelper
    {
        private readonly double beta1;
        private readonly double beta2;
        private readonly double epsilon;
        private readonly double decay;
        private readonly bool amsgrad;
        private readonly bool maximize;

        internal AdamW(IEnumerable<Parameter> parameters, double rate, double beta1, double beta2, double epsilon, double decay, bool amsgrad, bool maximize)
        {
            if (epsilon < 0)
                throw new ArgumentException($"Invalid ε: {epsilon}");
            if (beta1 is < 0 or >= 1)
                throw new ArgumentException($"Invalid beta1: {beta1}");
            if (beta2 is < 0 or >= 1)
                throw new ArgumentException($"Invalid beta2: {beta2}");
            if (decay < 0)
                throw new ArgumentException($"Invalid weight_decay value: {decay}");
            this.beta1 = beta1;
            this.beta2 = beta2;
            this.epsilon = epsilon;
            this.decay = decay;
            this.amsgrad = amsgrad;
            this.maximize = maximize;
            Add(parameters, rate, parameter => new State(parameter, amsgrad));
        }

        private protected override void Update(ParamGroup group)
        {
            Scalar keep1 = beta1, keep2 = beta2, add1 = 1 - beta1, add2 = 1 - beta2, tiny = epsilon, shrink = 1 - (group.LearningRate * decay);
            foreach (var parameter in group.Parameters)
            {
                var gradient = parameter.grad;
                if (gradient is null)
                    continue;
                if (maximize)
                    gradient = gradient.neg();
                var state = StateOf<State>(parameter);
                state.step++;
                parameter.mul_(shrink);
                state.exp_avg.mul_(keep1).add_(gradient, add1);
                state.exp_avg_sq.mul_(keep2).addcmul_(gradient, gradient, add2);
                if (amsgrad)
                    state.max_exp_avg_sq.copy_(state.max_exp_avg_sq.maximum(state.exp_avg_sq));
                var square = amsgrad ? state.max_exp_avg_sq : state.exp_avg_sq;
                var spread = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, state.step))).add_(tiny);
                parameter.addcdiv_(state.exp_avg, spread, -(group.LearningRate / (1 - Math.Pow(beta1, state.step))));
            }
        }

        public sealed class State : OptimizerState, IDisposable
        {
            public long step;
            public Tensor exp_avg;
            public Tensor exp_avg_sq;
            public Tensor max_exp_avg_sq;

            internal State(Parameter parameter, bool amsgrad)
            {
                exp_avg = zeros_like(parameter).DetachFromDisposeScope();
                exp_avg_sq = zeros_like(parameter).DetachFromDisposeScope();
                max_exp_avg_sq = amsgrad ? zeros_like(parameter).DetachFromDisposeScope() : null;
            }

            public void Dispose()
            {
                exp_avg.Dispose();
                exp_avg_sq.Dispose();
                max_exp_avg_sq?.Dispose();
            }
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
            public static AdamW AdamW(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}
