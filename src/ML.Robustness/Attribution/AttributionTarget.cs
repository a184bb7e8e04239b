using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>Which score of each row is explained: a class's logit, or the margin between two.</summary>
public sealed class AttributionTarget
{
    private readonly Tensor? _classes;
    private readonly Tensor? _rivals;
    private readonly int? _class;
    private readonly int? _rival;

    private AttributionTarget(Tensor? classes = null, Tensor? rivals = null, int? target = null, int? rival = null) =>
        (_classes, _rivals, _class, _rival) = (classes, rivals, target, rival);

    /// <summary>The target of the class that the network predicts for each clean row.</summary>
    public static AttributionTarget PredictedClass { get; } = new();

    /// <summary>Creates the target of a class for each row, such as the true one.</summary>
    /// <param name="labels">(N), Int64; stays the caller's.</param>
    /// <returns>A target of these logits.</returns>
    /// <exception cref="ArgumentException">The labels are not an Int64 vector.</exception>
    public static AttributionTarget Labels(Tensor labels) => new(Vector(labels, nameof(labels)));

    /// <summary>Creates the target of one class for all rows.</summary>
    /// <param name="index">The class, from zero.</param>
    /// <returns>A target of this logit.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static AttributionTarget Class(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new AttributionTarget(target: index);
    }

    /// <summary>Creates the target of the margin between two classes: what speaks for the one rather than the other.</summary>
    /// <param name="index">The class that is spoken for, from zero.</param>
    /// <param name="rival">Its rival, another class.</param>
    /// <returns>A target of the first logit less the second.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is negative.</exception>
    /// <exception cref="ArgumentException">Both are the same class.</exception>
    public static AttributionTarget Margin(int index, int rival)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegative(rival);
        if (index == rival)
            throw new ArgumentException($"A margin is one between two classes, but both are class {index}.", nameof(rival));
        return new AttributionTarget(target: index, rival: rival);
    }

    /// <summary>Creates the target of the margin between two classes of each row.</summary>
    /// <param name="classes">(N), Int64, the classes that are spoken for; stays the caller's.</param>
    /// <param name="rivals">(N), Int64, their rivals; stays the caller's. Where both are the same, the score is zero.</param>
    /// <returns>A target of the first logit less the second.</returns>
    /// <exception cref="ArgumentException">One of the two is not an Int64 vector, or their lengths differ.</exception>
    public static AttributionTarget Margin(Tensor classes, Tensor rivals)
    {
        Vector(classes, nameof(classes));
        Vector(rivals, nameof(rivals));
        if (classes.shape[0] != rivals.shape[0])
            throw new ArgumentException($"There are {classes.shape[0]} classes but {rivals.shape[0]} rivals.", nameof(rivals));
        return new AttributionTarget(classes, rivals);
    }

    /// <summary>What can be said of the target before the network ran.</summary>
    internal void Check(Tensor inputs)
    {
        foreach (var indexes in new[] { _classes, _rivals })
        {
            if (indexes is null)
                continue;
            if (indexes.shape[0] != inputs.shape[0])
                throw new ArgumentException(
                    $"The target has {indexes.shape[0]} labels but the batch has {inputs.shape[0]} rows.");
            if (indexes.device.ToString() != inputs.device.ToString())
                throw new ArgumentException(
                    $"The target's labels are on {indexes.device} but the inputs are on {inputs.device}: move them to one " +
                    "device.");
        }
    }

    /// <summary>The rows from one position on: a copy, for the caller's may be inference tensors.</summary>
    internal AttributionTarget Slice(long first, long count) => _classes is null ? this
        : new(_classes.narrow(0, first, count).clone(), _rivals?.narrow(0, first, count).clone());

    /// <summary>The classes (N) and, of a margin, their rivals, once the network has seen the clean rows.</summary>
    internal (Tensor Classes, Tensor? Rivals) ResolveTargets(Tensor logits)
    {
        var classes = logits.shape[1];
        return (Indexes(_classes, _class, classes, logits) ?? logits.argmax(1), Indexes(_rivals, _rival, classes, logits));
    }

    private static Tensor? Indexes(Tensor? given, int? index, long classes, Tensor logits)
    {
        if (index >= classes)
            throw new ArgumentException($"There is no class {index}: the network has the classes 0…{classes - 1}.");
        if (given is null)
            return index is { } one ? full([logits.shape[0]], Kept((long)one), ScalarType.Int64, logits.device) : null;
        ClassLabels.Check(ClassLabels.Bounds(given), classes, subject: "The target's labels");
        return given;
    }

    private static Tensor Vector(Tensor indexes, string name) => ClassLabels.Check(indexes, name, "The classes");
}
