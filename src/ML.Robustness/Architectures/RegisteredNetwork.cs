using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>A network that a factory makes, which was registered under a name.</summary>
internal sealed record RegisteredNetwork : NetworkSource
{
    /// <summary>The beginning of the names of TorchVision's networks, which the package for PyTorch registers.</summary>
    internal const string TorchVision = "torchvision.";

    private static readonly ConcurrentDictionary<string, Func<InputShape, int, Module<Tensor, Tensor>>> Factories = new(
        StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, Func<int, long>> Sizes = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The name has characters that no registration can have.</exception>
    internal RegisteredNetwork(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-'))
            throw new ArgumentException($"A network's name may hold letters, digits and . _ - only, got '{name}'.", nameof(name));
        Name = name;
    }

    internal override string Name { get; }

    private bool IsReserved => Name.StartsWith(TorchVision, StringComparison.Ordinal);

    /// <summary>Registers a network of the user.</summary>
    /// <exception cref="ArgumentException">The name is one of a package.</exception>
    internal void Register(Func<InputShape, int, Module<Tensor, Tensor>> factory) => Factories[Name] = !IsReserved ? factory
        : throw new ArgumentException(
            $"Names that begin with '{TorchVision}' are those of the package {OptionalPackage.PyTorch}, got '{Name}'. Choose "
                + "another.", nameof(factory));

    /// <summary>Registers a network of a package of ours, whose number of values is known for a number of classes.</summary>
    internal void Register(Func<InputShape, int, Module<Tensor, Tensor>> factory, Func<int, long> values) =>
        (Sizes[Name], Factories[Name]) = (values, factory);

    internal override Module<Tensor, Tensor> Make(InputShape input, int classes)
    {
        LoadPackage();
        return Factories.TryGetValue(Name, out var factory)
            ? factory(input, classes) ?? throw new InvalidOperationException($"The factory of '{Name}' returned null.")
            : throw new InvalidOperationException(
                $"No network is registered as '{Name}': call ModelArchitecture.Register(\"{Name}\", …) first, also before "
                    + $"loading a model that uses it.");
    }

    internal override void CheckSize(InputShape input, int classes, long others, WeightTable weights)
    {
        LoadPackage();
        if (Sizes.TryGetValue(Name, out var values))
            weights.CheckValues(values(classes) + others, $"{this} for {classes} classes");
    }

    internal override void Check(Module<Tensor, Tensor> network, InputShape input, int classes)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var frozen = new ModelScope(network);
        Tensor? logits;
        try
        {
            logits = network.call(zeros(input.Batch(1), ScalarType.Float32, CPU));
        }
        catch (ExternalException error)
        {
            throw new InvalidOperationException(
                $"The network registered as '{Name}' does not take inputs of {input}: {ModelCall.Reason(error)}", error);
        }
        if (logits is null)
            throw new InvalidOperationException(
                $"The network registered as '{Name}' returned null for one row of {input}.");
        var shape = logits.shape;
        if (!shape.AsSpan().SequenceEqual([1, classes]))
            throw new InvalidOperationException(
                $"The network registered as '{Name}' must return (N, {classes}) for inputs of {input}; for one row it "
                    + $"returned {TensorShape.Text(shape)}.");
    }

    private void LoadPackage()
    {
        if (IsReserved && !Factories.ContainsKey(Name))
            OptionalPackage.Load(OptionalPackage.PyTorch, "one of TorchVision's");
    }

    public override string ToString() => $"{nameof(ModelArchitecture.Registered)}({Name})";
}
