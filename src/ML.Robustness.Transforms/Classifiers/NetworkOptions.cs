using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>The settings of a classifier that is made of a network.</summary>
public sealed class NetworkOptions
{
    /// <summary>
    /// The column of features, a vector with as many values as the network's input. Images are planes, channels × height × width,
    /// whatever the network takes.
    /// </summary>
    /// <value>The default is "Features".</value>
    public string FeatureColumnName { get; set => field = ColumnNames.Given(value); } = "Features";

    /// <summary>Whether the column holds bytes, which are read as value / 255.</summary>
    /// <value>The default is false: the column holds <see cref="float"/>.</value>
    public bool ReadsBytes { get; set; }

    /// <summary>What is subtracted from each channel before the network.</summary>
    /// <value>
    /// One finite number for each channel, or a single one for all; null for none. The default is null. Attacks, threat models
    /// and images stay in the range of the column (<see cref="InputNormalization"/>).
    /// </value>
    public IReadOnlyList<float>? Mean { get; set; }

    /// <summary>By what each channel is divided then.</summary>
    /// <value>As many finite numbers above zero as <see cref="Mean"/> has. The default is null.</value>
    public IReadOnlyList<float>? StandardDeviation { get; set; }

    /// <summary>Whether the network takes images as (N, height, width, channels), as those of TensorFlow do.</summary>
    /// <value>The default is false: (N, channels, height, width).</value>
    public bool IsChannelsLast { get; set; }

    /// <summary>What the network's outputs are.</summary>
    /// <value>
    /// The default is <see cref="NetworkOutputs.Detected"/>; what was found is written to the log. A binary network of one output
    /// must be told.
    /// </value>
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

    /// <summary>The layers before the network.</summary>
    /// <exception cref="ArgumentException">Means and standard deviations do not go together.</exception>
    internal NetworkAdapter InputAdapter
    {
        get
        {
            var adapter = NetworkAdapter.None with { IsChannelsLast = IsChannelsLast };
            return Mean is null && StandardDeviation is null
                ? adapter : adapter.WithNormalization([.. Mean ?? []], [.. StandardDeviation ?? []]);
        }
    }
}
