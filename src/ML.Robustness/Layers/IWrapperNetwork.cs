using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Layers;

/// <summary>A network that this library puts around a user's, who names layers as they are called in his own.</summary>
internal interface IWrapperNetwork
{
    /// <summary>The user's network.</summary>
    Module<Tensor, Tensor> Network { get; }
}
