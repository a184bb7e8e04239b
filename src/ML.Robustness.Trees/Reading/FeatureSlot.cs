namespace ML.Robustness.Trees.Reading;

/// <summary>A value that trees read: a slot of a raw column, and the normalisers between.</summary>
/// <param name="Column">The raw column.</param>
/// <param name="Slot">The slot in it, from zero.</param>
/// <param name="Stages">The normalisers, the first one first.</param>
internal sealed record FeatureSlot(string Column, int Slot, IReadOnlyList<AffineStage> Stages)
{
    internal FeatureSlot Then(AffineStage stage) => this with { Stages = [.. Stages, stage] };

    /// <summary>The threshold of the raw value: the largest float that is at most the threshold after the normalisers.</summary>
    /// <remarks>
    /// Searched for among the floats, since (float)(threshold / scale + offset) is often a neighbour of it. Infinite where every
    /// value is on one side.
    /// </remarks>
    internal float RawThreshold(float threshold)
    {
        if (Stages.Count == 0)
            return threshold;
        if (!IsBelow(float.MinValue))
            return float.NegativeInfinity;
        if (IsBelow(float.MaxValue))
            return float.PositiveInfinity;
        long low = Order(float.MinValue), high = Order(float.MaxValue);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (IsBelow(FromOrder(middle)))
                low = middle;
            else
                high = middle;
        }
        return FromOrder(low);

        bool IsBelow(float value) => Apply(value) <= threshold;
    }

    private float Apply(float value)
    {
        foreach (var stage in Stages)
            value = stage.Scale == 0 ? 0 : stage.Apply(value);
        return value;
    }

    // The place of a float among all, and back: negative ones count down from -1, where -0 is.
    private static long Order(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        return bits >= 0 ? bits : -1L - (bits & int.MaxValue);
    }

    private static float FromOrder(long order) =>
        BitConverter.Int32BitsToSingle(order >= 0 ? (int)order : (int)(-1 - order) | int.MinValue);
}
