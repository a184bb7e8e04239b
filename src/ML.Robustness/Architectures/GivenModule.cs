using ML.Robustness.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>A network that the user gave as an object: it can be used, but neither made again nor saved.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Reason">Why it cannot be made again, as a sentence; null for a module without a factory.</param>
internal sealed record GivenModule(string Type, string? Reason = null) : NetworkSource
{
    internal override string Name => Type;

    /// <summary>Why the network cannot be made again, and what to do.</summary>
    internal string WhyNotMade =>
        Reason ?? $"The network {Type} came as a module, which a model file cannot make again. Register "
        + "a factory for it (ModelArchitecture.Register), and give its name to FromModule (Options.RegisteredName).";

    internal override Module<Tensor, Tensor> Make(InputShape input, int classes) =>
        throw new InvalidOperationException(WhyNotMade);

    public override string ToString() => Type;
}
