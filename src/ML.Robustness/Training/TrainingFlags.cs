using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>
/// A scope in which a network is in training mode; disposing restores every module's mode and clears the gradients.
/// </summary>
internal sealed class TrainingFlags : IDisposable
{
    private readonly Module<Tensor, Tensor> _model;
    private readonly (Module Module, bool Training)[] _modules; // outer before inner

    internal TrainingFlags(Module<Tensor, Tensor> model)
    {
        _model = model;
        _modules = [(model, model.training), .. model.modules().Select(module => (module, module.training))];
        model.train();
    }

    public void Dispose()
    {
        foreach (var (module, training) in _modules) module.train(training);
        _model.zero_grad();
    }
}
