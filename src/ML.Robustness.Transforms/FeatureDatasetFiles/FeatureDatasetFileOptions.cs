using Microsoft.ML;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The options of <c>ml.Data.SaveFeatureDataset</c>: the columns, the manifest and the writing.</summary>
public sealed class FeatureDatasetFileOptions
{
    private IReadOnlyDictionary<string, string> _parameters = new Dictionary<string, string>();

    /// <summary>The column of features: a vector of known size of bytes or <see cref="float"/>.</summary>
    /// <value>The default is "Features".</value>
    public string FeatureColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.FeatureColumnName;

    /// <summary>The column of labels: a key, or numbers as <see cref="float"/>.</summary>
    /// <value>The default is "Label".</value>
    public string LabelColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.LabelColumnName;

    /// <summary>The step that creates the rows; the manifest then has its kind, options, seed and checksums of weights.</summary>
    /// <value>The default is null: the manifest says what <see cref="Kind"/> and <see cref="Parameters"/> say.</value>
    public RobustFeatureDatasetTransformer? Step { get; set; }

    /// <summary>The kind of the feature data set, for the manifest.</summary>
    /// <value>Any text. The default is empty: the kind of the <see cref="Step"/>, where there is one.</value>
    public string Kind { get; set => field = value ?? throw new ArgumentNullException(nameof(Kind)); } = "";

    /// <summary>The settings of the feature data set, for the manifest: everything that changes the rows.</summary>
    /// <value>Names and values, beside those of the <see cref="Step"/>. The default is none.</value>
    public IReadOnlyDictionary<string, string> Parameters
    {
        get => _parameters;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _parameters = value;
        }
    }

    /// <summary>The description of the source, for the manifest.</summary>
    /// <value>Any text. The default is empty.</value>
    public string SourceDescription
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(SourceDescription));
    } = "";

    /// <summary>The source rows, read once for their checksum in the manifest. They have the columns that are saved.</summary>
    /// <value>The default is null: the manifest has no checksum of the source.</value>
    public IDataView? Source { get; set; }

    /// <summary>Whether an interrupted call with the same manifest is resumed.</summary>
    /// <value>
    /// Without <see cref="Step"/>, <see cref="Kind"/>, <see cref="Parameters"/>, <see cref="SourceDescription"/> and
    /// <see cref="Source"/> nothing tells whether it is the same data set, and it starts from the first row. The default is
    /// true.
    /// </value>
    public bool Resume { get; set; } = true;

    /// <summary>Whether a finished file with the same manifest is kept, so that nothing is created twice.</summary>
    /// <value>
    /// It is checked first; an altered one is written again. Like <see cref="Resume"/>, it takes a manifest that tells the
    /// parameters. The default is false.
    /// </value>
    public bool KeepFinished { get; set; }

    /// <summary>The number of rows in a block: the unit of checksums and of resuming.</summary>
    /// <value>
    /// 1 or more; a multiple of the step's batch size, so that no finished row is computed again. The default is 256.
    /// </value>
    public int RowsPerBlock { get; set => field = ArgumentChecks.AtLeast(value, 1); } = 256;

    /// <summary>The receiver of the progress after each block.</summary>
    /// <value>The default is null: nobody is told.</value>
    public IProgress<FeatureDatasetProgress>? Progress { get; set; }

    /// <summary>
    /// Ends the writing early, with <see cref="OperationCanceledException"/>; finished blocks are kept for the next call.
    /// </summary>
    /// <value>The default never cancels.</value>
    public CancellationToken CancellationToken { get; set; }

    internal FeatureDatasetHeader ToHeader(DataViewSchema schema)
    {
        var record = FeatureDatasetRecord.Of(schema, FeatureColumnName, LabelColumnName);
        FeatureDatasetHeader.CheckBlock(RowsPerBlock, record.FeatureType.Size, record.IsFloat);
        return new(
            Kind.Length == 0 && Step is not null ? Step.Kind.ToString() : Kind,
            AllParameters(),
            SourceDescription,
            Source is null ? null : SourceChecksum.Of(Source, FeatureColumnName, LabelColumnName, CancellationToken),
            record,
            RowsPerBlock);
    }

    private SortedDictionary<string, string> AllParameters()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in Parameters)
            all.Add(name, value);
        if (Step is null)
            return all;
        foreach (var (name, value) in FeatureDatasetDescription.Of(Step.Parameters))
        {
            if (!all.TryAdd(name, value))
                throw new ArgumentException(
                    $"Parameters say '{name}', which Step tells already. Give it another name.", nameof(Parameters));
        }

        return all;
    }
}
