using ML.Robustness.Data;
using ML.Robustness.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Layers;

/// <summary>A <see cref="ConvNet"/> as a user writes it: of modules, and without saying what its features are.</summary>
internal sealed class StagedNetwork : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> stage1;
    private readonly Module<Tensor, Tensor> stage2;
    private readonly Module<Tensor, Tensor> hidden;
    private readonly Module<Tensor, Tensor> rectifier;
    private readonly Module<Tensor, Tensor> output;

    /// <summary>Creates the network with the weights of another.</summary>
    public StagedNetwork(ConvNet twin, InputShape input, int classes, int width, int units)
        : base(nameof(StagedNetwork))
    {
        stage1 = Stage(input.Channels, width);
        stage2 = Stage(width, 2 * width);
        hidden = Linear(twin.get_parameter("hiddenLayer.weight")!.shape[1], units);
        rectifier = ReLU();
        output = Linear(units, classes);
        RegisterComponents();
        using (no_grad())
        {
            foreach (var (own, other) in parameters().Zip(twin.parameters()))
                own.copy_(other);
        }
        eval();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var maps = stage2.call(stage1.call(ChannelsLast.Of(input)));
        return output.call(rectifier.call(hidden.call(maps.flatten(1)))).MoveToOuterDisposeScope();
    }

    private static Module<Tensor, Tensor> Stage(long inputs, long outputs) => Sequential(
        ("convolution", Conv2d(inputs, outputs, 3, padding: 1)), ("pool", MaxPool2d(2, 2, ceil_mode: true)), ("relu", ReLU()));
}
