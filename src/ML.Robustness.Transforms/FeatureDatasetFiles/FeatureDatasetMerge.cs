using ML.Robustness.Persistence;
using ML.Robustness.Transforms.RobustFeatureDataset;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>Puts the files of parts of a feature data set together to the file of the whole.</summary>
internal static class FeatureDatasetMerge
{
    internal static void Write(IEnumerable<string> partPaths, string path, CancellationToken cancellation)
    {
        FeatureDatasetContent[] given = [.. partPaths.Select(FeatureDatasetContent.Open)];
        if (given.Select(part => Difference(given[0], part)).FirstOrDefault(message => message is not null) is { } message)
            throw new ArgumentException(message, nameof(partPaths));
        // What must be equal was compared, so that the parts are of one run.
        var ordered = ResultPart.InOrder(given, part => new ResultPart(part.Header.FirstRow, part.Rows, ""));
        var checksums = ordered.Select(part => part.Header.SourceChecksum).ToArray();
        var header = ordered[0].Header with
        {
            SourceChecksum = Array.Exists(checksums, checksum => checksum is null) ? null : RowDigest.Sum(checksums!),
        };
        FeatureDatasetWriter.Write(path, header, ordered.SelectMany(Records), cancellation);
    }

    /// <summary>Why two parts cannot be merged; null where they can.</summary>
    private static string? Difference(FeatureDatasetContent first, FeatureDatasetContent part)
    {
        if (part.Header.Kind == nameof(FeatureDatasetKind.MislabeledOnly))
            return $"'{part.Path}' is of kind {part.Header.Kind}, which drops rows, so that its number of rows does not tell "
                + "where the next part begins. Create the file of the whole in one call.";
        if (first.Header.RunDifference(part.Header) is var (what, mine, its))
            return $"The parts are of different feature data sets: {what} is {mine} in '{first.Path}', {its} in '{part.Path}'. "
                + "Merge the parts of one, with the same classifier and options.";
        return first.Header.SourceChecksum is null == part.Header.SourceChecksum is null ? null
            : $"Of '{first.Path}' and '{part.Path}' one has a checksum of its source rows, and the other has none. Give each "
                + "part the Source of its own, or none.";
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Records(FeatureDatasetContent part)
    {
        using var file = File.OpenHandle(part.Path);
        var buffer = new byte[part.Header.BlockLength];
        for (var block = 0; block < part.Blocks; block++)
        {
            part.ReadBlock(file, block, buffer);
            for (var row = 0; row < part.RowsOf(block); row++)
                yield return buffer.AsMemory(row * part.Header.Record.Length, part.Header.Record.Length);
        }
    }
}
