using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.AdversarialTraining;

/// <summary>The network that training starts with: random weights, or those of another classifier.</summary>
internal static class StartingNetwork
{
    /// <summary>Makes the network. The caller disposes it.</summary>
    /// <exception cref="ArgumentException">The other classifier does not fit the data, or no parameter is trained.</exception>
    internal static (ModelArchitecture Architecture, Module<Tensor, Tensor> Network) Make(
        AdversarialTrainer.Options options, FeatureColumn features, TrainingRows rows, ModelArchitecture architecture, ulong seed)
    {
        Module<Tensor, Tensor>? network = null;
        try
        {
            if (options.StartingFrom is null)
                network = architecture.Create(features.Shape, rows.Training.Classes, seed);
            else
                (architecture, network) = Copy(Find(options, features, rows), features, rows, seed);
            if (options.IsTrained is { } isTrained)
                Freeze(network, isTrained);
            return (architecture, network);
        }
        catch
        {
            network?.Dispose();
            throw;
        }
    }

    private static NeuralClassifierTransformer Find(AdversarialTrainer.Options options, FeatureColumn features, TrainingRows rows)
    {
        var start = ClassifierChain.ClassifierOf(options.StartingFrom, "AdversarialTraining");
        if (options.Architecture is not null)
            throw new ArgumentException(
                $"Options.Architecture is {options.Architecture}, but Options.StartingFrom has the network {start.Architecture}: "
                + "leave Architecture null.", nameof(options));
        if (start.Features.Shape != features.Shape || start.Features.IsBytes != features.IsBytes)
            throw new ArgumentException(
                $"Options.StartingFrom reads rows of {start.Features.Shape} ({start.Features.Type.ItemType}), but the data has "
                + $"{features.Shape} ({features.Type.ItemType}).", nameof(options));
        if (start.Classes != rows.Training.Classes)
            throw new ArgumentException(
                $"Options.StartingFrom has {start.Classes} classes, but the data has {rows.Training.Classes}.", nameof(options));
        if (start.KeyValues is { } own && rows.KeyValues is { } given && !own.Texts().SequenceEqual(given.Texts()))
            throw new ArgumentException(
                LabelMap.Differ("The classes of Options.StartingFrom", own, "those of the data", given), nameof(options));
        return start;
    }

    private static (ModelArchitecture, Module<Tensor, Tensor>) Copy(
        NeuralClassifierTransformer start, FeatureColumn features, TrainingRows rows, ulong seed)
    {
        using var use = start.Lifetime.Use();
        using var weights = new MemoryStream();
        start.WriteWeights(weights);
        weights.Position = 0;
        var network = start.Architecture.Create(features.Shape, rows.Training.Classes, seed);
        try
        {
            ModelWeights.Read(weights, network);
            return (start.Architecture, network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static void Freeze(Module<Tensor, Tensor> network, Func<string, bool> isTrained)
    {
        var names = network.named_parameters().ToArray();
        foreach (var (name, parameter) in names)
            parameter.requires_grad_(isTrained(name));
        if (!names.Any(entry => entry.parameter.requires_grad))
            throw new ArgumentException(
                $"Options.IsTrained leaves no parameter to train. The network's "
                    + $"are {string.Join(", ", names.Select(entry => entry.name))}.",
                nameof(isTrained));
    }
}
