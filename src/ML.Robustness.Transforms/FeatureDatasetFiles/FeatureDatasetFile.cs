using Microsoft.ML;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>A feature data set's file, whose rows are read on demand and in any order.</summary>
/// <remarks>
/// Each block of rows is checked against its SHA-256 when one of its rows is read for the first time. The file must stay as it is
/// meanwhile.
/// </remarks>
public sealed class FeatureDatasetFile : IDataView
{
    private readonly FeatureDatasetView _view;

    internal FeatureDatasetFile(FeatureDatasetContent content)
    {
        _view = new FeatureDatasetView(content);
        Manifest = new FeatureDatasetManifest(content.Header, content.Rows);
    }

    /// <summary>The file's manifest.</summary>
    public FeatureDatasetManifest Manifest { get; }

    /// <summary>The columns of features and labels, of the names, types and key values that were saved.</summary>
    public DataViewSchema Schema => _view.Schema;

    /// <summary>True: rows can be read in any order.</summary>
    public bool CanShuffle => true;

    /// <inheritdoc/>
    public long? GetRowCount() => _view.GetRowCount();

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        return _view.GetRowCursor(columnsNeeded, rand);
    }

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        return _view.GetRowCursorSet(columnsNeeded, n, rand);
    }

    /// <summary>Reads the whole file and checks every block.</summary>
    /// <param name="cancellation">Ends the check early.</param>
    /// <exception cref="InvalidDataException">A block was altered.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The check was ended early.</exception>
    public void Verify(CancellationToken cancellation = default) => _view.Content.Verify(cancellation);
}
