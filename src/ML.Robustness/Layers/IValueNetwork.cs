namespace ML.Robustness.Layers;

/// <summary>A network without sub-modules whose inner values have names; its <c>forward</c> hands them to
/// <see cref="PassHooks.ValueHooksOf"/>.</summary>
internal interface IValueNetwork
{
    /// <summary>The names, in the order in which the values are computed.</summary>
    IEnumerable<string> ValueNames { get; }

    /// <summary>The value that enters the last layer, a linear one; null where the last layer is another.</summary>
    string? FeaturesName { get; }
}
