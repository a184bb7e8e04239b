using System.Reflection;
using ML.Robustness.Architectures;
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

    /// <summary>
    /// Loads a model whose file is verified first: every part of it, also those of ML.NET, has its checksum.
    /// </summary>
    /// <remarks>
    /// <c>ml.Model.Load</c> does not look at the checksums of its own parts, and throws what a step throws inside a
    /// <see cref="TargetInvocationException"/>. This method throws the step's own error.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Model</c>.</param>
    /// <param name="filePath">The file, which <c>Save</c> or <see cref="SaveAtomically"/> wrote.</param>
    /// <param name="inputSchema">The columns of the data that the model takes; null where the file does not tell.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no model, damaged, cut short, of another version, or has a step that this program does not know.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A network of the model is not registered by <c>ModelArchitecture.Register</c>.
    /// </exception>
    /// <exception cref="DllNotFoundException">The native half of TorchSharp cannot be loaded.</exception>
    public static ITransformer LoadVerified(
        this ModelOperationsCatalog catalog, string filePath, out DataViewSchema? inputSchema)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        using var file = new FileStream(filePath, FileMode.Open, FileAccess.Read, FileShare.Read);
        VerifiedZip.Check(file, filePath);
        try
        {
            return catalog.Load(file, out inputSchema);
        }
        catch (Exception error)
        {
            throw Promised(filePath, Cause(error));
        }
    }

    /// <summary>What the step threw, behind what ML.NET put around it.</summary>
    private static Exception Cause(Exception error)
    {
        while (error.InnerException is { } inner
            && (error is TargetInvocationException || (error is InvalidOperationException && inner is TargetInvocationException)))
            error = inner;
        return error;
    }

    private static Exception Promised(string path, Exception cause) => cause switch
    {
        OutOfMemoryException or DllNotFoundException => cause,
        InvalidDataException => new InvalidDataException($"'{path}' cannot be loaded. {cause.Message}", cause),
        IOException and not EndOfStreamException => new IOException($"'{path}' cannot be loaded. {cause.Message}", cause),
        // Of ML.NET it means that the file is not as expected.
        InvalidOperationException when cause.Source?.StartsWith("Microsoft.ML", StringComparison.Ordinal) != true =>
            new InvalidOperationException($"'{path}' cannot be loaded. {cause.Message}", cause),
        _ => new InvalidDataException(
            $"'{path}' cannot be loaded: {CheckedReader.Reason(cause)}. Save the model again, or fetch an undamaged copy.",
            cause),
    };
}
