using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The SHA-256 of the rows of two columns, with their types.</summary>
internal static class SourceChecksum
{
    internal static string Of(IDataView source, string featureName, string labelName, CancellationToken cancellation)
    {
        var columns = FeatureDatasetRecord.Of(source.Schema, featureName, labelName);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{columns.FeatureType}\n{columns.LabelType}\n"));
        var record = new byte[columns.Length];
        using var cursor = columns.OpenCursor(source);
        var read = columns.WriterOf(cursor);
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            read(record);
            hash.AppendData(record);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
