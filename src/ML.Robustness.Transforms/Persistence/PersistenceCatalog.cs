using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Persistence;

namespace Microsoft.ML;

/// <summary>Adds to <c>MLContext.Model</c>.</summary>
public static class PersistenceCatalog
{
    /// <summary>
    /// Saves a model so that its file always holds a whole one: beside it first, flushed to disk, then renamed.
    /// </summary>
    /// <remarks>
    /// <c>ml.Model.Save</c> writes straight over the file, so that a full disk leaves half a model and no old one.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Model</c>.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The columns of the data that it takes; null where that is not known.</param>
    /// <param name="filePath">The file; an old one is replaced once the new one is complete.</param>
    /// <exception cref="IOException">The file cannot be written; the old one is as it was.</exception>
    public static void SaveAtomically(
        this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        AtomicFile.Write(filePath, file => AtomicZipFile.Write(file, stream => catalog.Save(model, inputSchema, stream)));
    }
}
