using Microsoft.ML.Data;
using ML.Robustness.Transforms.RobustFeatureDataset;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The manifest of a feature data set's file.</summary>
public sealed class FeatureDatasetManifest
{
    internal FeatureDatasetManifest(FeatureDatasetHeader header, long rows) => (Header, Rows) = (header, rows);

    /// <summary>The kind, such as the name of a <see cref="FeatureDatasetKind"/>; empty if none was given.</summary>
    public string Kind => Header.Kind;

    /// <summary>The settings by name.</summary>
    public IReadOnlyDictionary<string, string> Parameters => Header.Parameters;

    /// <summary>The description of the source; empty if none was given.</summary>
    public string SourceDescription => Header.SourceDescription;

    /// <summary>
    /// The checksum of the source rows, in hexadecimal: the sum of the SHA-256 of each with its number and the columns' types;
    /// null if they were not given.
    /// </summary>
    public string? SourceChecksum => Header.SourceChecksum;

    /// <summary>The column of features.</summary>
    public string FeatureColumnName => Header.Record.FeatureName;

    /// <summary>The type of the features: a vector of bytes or <see cref="float"/> with the saved dimensions.</summary>
    public VectorDataViewType FeatureType => Header.Record.FeatureType;

    /// <summary>The column of labels.</summary>
    public string LabelColumnName => Header.Record.LabelName;

    /// <summary>The type of the labels: a key, whose values are in the file, or <see cref="float"/>.</summary>
    public DataViewType LabelType => Header.Record.LabelType;

    /// <summary>The number of the first row within the whole: 0 but for the file of a part.</summary>
    public long FirstRow => Header.FirstRow;

    /// <summary>The number of rows.</summary>
    public long Rows { get; }

    internal FeatureDatasetHeader Header { get; }
}
