using ML.Robustness.Data;
using ML.Robustness.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>Fully connected layers with rectifiers between them, for vectors or flattened images.</summary>
public sealed class MultilayerPerceptron : Module<Tensor, Tensor>, IFeatureModel
{
    private readonly InputShape _input;
    private readonly Linear[] _layers;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="input">The shape of a row.</param>
    /// <param name="classes">Two or more.</param>
    /// <param name="hidden">The width of each hidden layer; none for a linear classifier.</param>
    /// <exception cref="ArgumentException">A size is below one, or there are fewer than two classes.</exception>
    public MultilayerPerceptron(InputShape input, int classes, params int[] hidden)
        : base(LibTorch.Loaded(nameof(MultilayerPerceptron)))
    {
        ArgumentNullException.ThrowIfNull(hidden);
        NetworkInput.CheckSizes(input, classes);
        foreach (var width in hidden)
            ArgumentOutOfRangeException.ThrowIfLessThan(width, 1, nameof(hidden));
        _input = input;
        var inputs = input.Length;
        _layers = new Linear[hidden.Length + 1];
        for (var i = 0; i < _layers.Length; i++)
        {
            var outputs = i < hidden.Length ? hidden[i] : classes;
            _layers[i] = Linear(inputs, outputs, device: CPU, dtype: ScalarType.Float32);
            register_module($"layer{i}", _layers[i]);
            inputs = outputs;
        }
    }

    /// <summary>Computes the logits.</summary>
    /// <param name="input">(N, …) of the network's input shape.</param>
    /// <returns>(N, classes); the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input has another shape.</exception>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Classify(Extract(input).Values).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes the features: the last hidden layer, or the flattened input without one. There are no feature maps.
    /// </summary> <inheritdoc/>
    /// <exception cref="ArgumentException">The input has another shape.</exception>
    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        NetworkInput.Check(nameof(MultilayerPerceptron), _input, input);
        using var scope = NewDisposeScope();
        var values = input.flatten(1);
        for (var i = 0; i < _layers.Length - 1; i++)
            values = Rectifier.Apply(_layers[i].call(values), passesRectifier && i == _layers.Length - 2);
        return new NetworkFeatures(values.MoveToOuterDisposeScope(), null);
    }

    /// <inheritdoc/>
    public Tensor Classify(Tensor features) => _layers[^1].call(features);
}
