using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.Schema;

namespace Microsoft.ML;

/// <summary>Adds the files of feature data sets to <c>MLContext.Data</c>.</summary>
public static class FeatureDatasetFilesCatalog
{
    /// <summary>Writes features and labels of all rows to one file.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="data">The rows.</param>
    /// <param name="path">The file; one of that name is replaced once the new one is whole.</param>
    /// <param name="featureColumnName">The column of features: a vector of known size of bytes or <see cref="float"/>.</param>
    /// <param name="labelColumnName">The column of labels: a key, or numbers as <see cref="float"/>.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveFeatureDataset(
        this DataOperationsCatalog catalog,
        IDataView data,
        string path,
        string featureColumnName = Defaults.FeatureColumnName,
        string labelColumnName = Defaults.LabelColumnName) =>
        SaveFeatureDataset(catalog, data, path,
            new FeatureDatasetFileOptions { FeatureColumnName = featureColumnName, LabelColumnName = labelColumnName });

    /// <summary>Writes features and labels of all rows to one file with a manifest, and resumes an interrupted call.</summary>
    /// <remarks>
    /// The rows go to <c>path + ".partial"</c> first, block by block, and get their name when they are whole. After an
    /// interruption (cancelled or killed) the same call goes on after the last whole block: rows that are there are passed over,
    /// which a lazy step does without computing them, and the file becomes the same to the last byte. A file says nothing of when
    /// it was written.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="data">The rows, the same in each call.</param>
    /// <param name="path">The file; one of that name is replaced once the new one is whole.</param>
    /// <param name="options">Which columns, what the manifest says, progress and cancellation.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="InvalidDataException">What lies beside the file is no feature data set, or was altered.</exception>
    /// <exception cref="InvalidOperationException">
    /// What lies beside the file is the beginning of another data set, or of more rows than there are.
    /// </exception>
    /// <exception cref="OperationCanceledException">The call was ended early.</exception>
    public static void SaveFeatureDataset(
        this DataOperationsCatalog catalog, IDataView data, string path, FeatureDatasetFileOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        var header = options.ToHeader(data.Schema);
        if (!options.KeepFinished || !header.IsIdentified
            || !FeatureDatasetContent.IsFinished(path, header, options.CancellationToken))
            FeatureDatasetWriter.Write(path, header, data, options);
    }

    /// <summary>Merges the files of parts of a feature data set into that of the whole.</summary>
    /// <remarks>
    /// The file is that of one call for all rows, to the last byte. Every block of the parts is checked as it is read; the whole
    /// is written to <c>path + ".partial"</c> first.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="partPaths">
    /// The files of consecutive ranges of rows, in any order, each saved with the
    /// <see cref="FeatureDatasetFileOptions.FirstRow"/> of its own; each may be merged already.
    /// </param>
    /// <param name="path">The file of the whole; one of that name is replaced once the new one is whole.</param>
    /// <param name="cancellation">Ends the merge early.</param>
    /// <exception cref="ArgumentException">
    /// There are no files, they are of different feature data sets or of a kind that drops rows, or rows are missing or twice
    /// there.
    /// </exception>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is no feature data set, of a newer format, cut short or altered.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The merge was ended early.</exception>
    public static void MergeFeatureDatasets(
        this DataOperationsCatalog catalog, IEnumerable<string> partPaths, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(partPaths);
        ArgumentException.ThrowIfNullOrEmpty(path);
        FeatureDatasetMerge.Write(partPaths, path, cancellation);
    }

    /// <summary>Opens a file that <c>SaveFeatureDataset</c> wrote; rows are read on demand.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="path">The file.</param>
    /// <returns>The rows, with the manifest.</returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no feature data set, of a newer format, cut short or altered. A block is checked when it is read first.
    /// </exception>
    public static FeatureDatasetFile LoadFeatureDataset(this DataOperationsCatalog catalog, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new FeatureDatasetFile(FeatureDatasetContent.Open(path));
    }
}
