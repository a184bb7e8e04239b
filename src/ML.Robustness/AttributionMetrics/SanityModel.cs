using ML.Robustness.Attribution;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttributionMetrics;

/// <summary>
/// The network of a sanity check and the one whose layers are randomised: a copy, or itself with its weights saved.
/// </summary>
internal sealed class SanityModel(Module<Tensor, Tensor> model, Func<Module<Tensor, Tensor>>? copy)
{
    public Module<Tensor, Tensor> Model => model;

    /// <summary>
    /// The rank correlation of the first rows (second index) after the randomisation of each layer (first index).
    /// </summary>
    public double[][] Check(
        AttributionMethod method, AttributionContext context, Tensor importance, int count, ulong seed, Action? computed = null)
    {
        using var scope = NewDisposeScope();
        var inputs = context.Inputs.narrow(0, 0, count);
        var classes = context.Targets.narrow(0, 0, count);
        var target = context.OtherClasses is { } others ? AttributionTarget.Margin(classes, others.narrow(0, 0, count))
            : AttributionTarget.Labels(classes);
        var originals = PixelAttributions.Rows(importance.narrow(0, 0, count));
        var random = context.Random.Slice(0, count);
        if (copy is null)
        {
            using var check = new SanityCheck(model);
            return check.Run(method, inputs, target, originals, random, seed, context.Cancellation, computed);
        }
        using var other = copy() ?? throw new ArgumentException(
            "The copy is null: let it make a network of the same architecture.");
        using var frozen = new ModelScope(other);
        Load(other);
        using var onTheCopy = new SanityCheck(other);
        return onTheCopy.Run(method, inputs, target, originals, random, seed, context.Cancellation, computed);
    }

    private void Load(Module<Tensor, Tensor> other)
    {
        if (ReferenceEquals(other, model))
            throw new ArgumentException(
                "The copy is the network itself: let it make another of the same architecture, or leave it out.");
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (from, to) = (model.state_dict(), other.state_dict());
        foreach (var (name, value) in from)
        {
            if (!to.TryGetValue(name, out var place) || !place.shape.AsSpan().SequenceEqual(value.shape))
                throw new ArgumentException(
                    $"The copy is of another architecture: the network has '{name}' {TensorShape.Text(value)}, the " +
                    $"copy {(place is null ? "has none" : TensorShape.Text(place))}.");
        }
        if (model.parameters().FirstOrDefault() is { } parameter)
            other.to(parameter.device);
        foreach (var (name, place) in other.state_dict())
        {
            if (from.TryGetValue(name, out var value))
                place.copy_(value);
        }
    }
}
