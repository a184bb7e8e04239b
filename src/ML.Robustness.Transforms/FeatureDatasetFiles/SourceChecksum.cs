using System.Text;
using Microsoft.ML;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The checksum of the rows of two columns, with their types; those of parts add up to that of the whole.</summary>
internal static class SourceChecksum
{
    internal static string Of(
        IDataView source, string featureName, string labelName, long firstRow, CancellationToken cancellation)
    {
        var columns = FeatureDatasetRecord.Of(source.Schema, featureName, labelName);
        using var digest = new RowDigest();
        var types = Encoding.UTF8.GetBytes($"{columns.FeatureType}\n{columns.LabelType}\n");
        var record = new byte[columns.Length];
        using var cursor = columns.OpenCursor(source);
        var read = columns.WriterOf(cursor);
        for (var row = firstRow; cursor.MoveNext(); row++)
        {
            cancellation.ThrowIfCancellationRequested();
            read(record);
            digest.Add(row, types, record);
        }

        return digest.ToString();
    }
}
