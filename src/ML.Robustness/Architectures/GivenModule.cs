using ML.Robustness.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>A network that the user gave as an object: it can be used, but neither made again nor saved.</summary>
internal sealed record GivenModule(string Type) : NetworkSource
{
    internal override string Name => Type;

    internal override Module<Tensor, Tensor> Make(InputShape input, int classes) => throw new InvalidOperationException(
        $"The network {Type} came as a module, which cannot be made again. Register a factory for it "
        + "(ModelArchitecture.Register), and give its name to FromModule.");

    public override string ToString() => Type;
}
