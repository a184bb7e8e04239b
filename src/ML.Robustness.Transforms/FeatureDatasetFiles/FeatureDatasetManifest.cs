using Microsoft.ML.Data;
using ML.Robustness.Transforms.RobustFeatureDataset;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>What the file of a feature data set says of itself.</summary>
public sealed class FeatureDatasetManifest
{
    internal FeatureDatasetManifest(FeatureDatasetHeader header, long rows) => (Header, Rows) = (header, rows);

    /// <summary>
    /// What was constructed, such as the name of a <see cref="FeatureDatasetKind"/>; empty where nothing was said.
    /// </summary>
    public string Kind => Header.Kind;

    /// <summary>How it was constructed: names and values, by name.</summary>
    public IReadOnlyDictionary<string, string> Parameters => Header.Parameters;

    /// <summary>What it was constructed from, in words; empty where nothing was said.</summary>
    public string SourceDescription => Header.SourceDescription;

    /// <summary>The SHA-256 of the rows that it was constructed from, in hexadecimal; null where they were not given.</summary>
    public string? SourceChecksum => Header.SourceChecksum;

    /// <summary>The column of features.</summary>
    public string FeatureColumnName => Header.Record.FeatureName;

    /// <summary>The type of the features: a vector of bytes or <see cref="float"/> of the dimensions that were saved.</summary>
    public VectorDataViewType FeatureType => Header.Record.FeatureType;

    /// <summary>The column of labels.</summary>
    public string LabelColumnName => Header.Record.LabelName;

    /// <summary>The type of the labels: a key, whose values are in the file too, or <see cref="float"/>.</summary>
    public DataViewType LabelType => Header.Record.LabelType;

    /// <summary>The number of rows.</summary>
    public long Rows { get; }

    internal FeatureDatasetHeader Header { get; }
}
