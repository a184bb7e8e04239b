using ML.Robustness.Models;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>The settings of a classifier that is made of a network.</summary>
public sealed class NetworkOptions
{
    /// <summary>The column of features, a vector of <see cref="float"/> with as many values as the network's input.</summary>
    /// <value>The default is "Features".</value>
    public string FeatureColumnName { get; set => field = ColumnNames.Given(value); } = "Features";

    /// <summary>What the network's outputs are.</summary>
    /// <value>The default is <see cref="NetworkOutputs.Detected"/>; what was found is written to the log.</value>
    public NetworkOutputs Outputs
    {
        get;
        set => field = Enum.IsDefined(value)
            ? value : throw new ArgumentOutOfRangeException(nameof(Outputs), value, "There are no such outputs.");
    }

    /// <summary>
    /// The name under which a factory of the network was registered (<see cref="ModelArchitecture.Register"/>), so that model
    /// files can make it again.
    /// </summary>
    /// <value>The default is null: a classifier of a module can be used, but not saved. Files need no name.</value>
    public string? RegisteredName { get; set; }

    /// <summary>The number of rows scored at once.</summary>
    /// <value>One or more. The default is null: up to 256.</value>
    public int? BatchSize
    {
        get;
        set => field = value is null or > 0
            ? value : throw new ArgumentOutOfRangeException(nameof(BatchSize), value, "BatchSize must be one or more.");
    }
}
