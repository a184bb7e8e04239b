using ML.Robustness.Persistence;
using ML.Robustness.Transforms.RobustFeatureDataset;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>Puts the files of parts of a feature data set together to the file of the whole.</summary>
internal static class FeatureDatasetMerge
{
    internal static void Write(IEnumerable<string> paths, string path, CancellationToken cancellation)
    {
        FeatureDatasetContent[] given = [.. paths.Select(FeatureDatasetContent.Open)];
        // Which things are equal, RunDifference says; the order of the rows is the business of all parts.
        var ordered = ResultPart.InOrder(given, part => new ResultPart(part.Header.FirstRow, part.Rows, ""));
        var first = ordered[0].Header;
        foreach (var part in ordered)
            Check(ordered[0], part);
        var checksums = ordered.Select(part => part.Header.SourceChecksum).ToArray();
        var header = first with
        {
            SourceChecksum = Array.Exists(checksums, checksum => checksum is null) ? null : RowDigest.Sum(checksums!),
        };
        FeatureDatasetWriter.Write(path, header, ordered.SelectMany(Records), cancellation);
    }

    private static void Check(FeatureDatasetContent first, FeatureDatasetContent part)
    {
        if (part.Header.Kind == nameof(FeatureDatasetKind.MislabeledOnly))
            throw new ArgumentException(
                $"'{part.Path}' is of kind {part.Header.Kind}, which drops rows, so that its number of rows does not tell where "
                + "the next part begins. Create the file of the whole in one call.", nameof(part));
        if (first.Header.RunDifference(part.Header) is var (what, mine, its))
            throw new ArgumentException(
                $"The parts are of different feature data sets: {what} is {mine} in '{first.Path}', {its} in "
                    + $"'{part.Path}'. Merge "
                + "the parts of one, with the same classifier and options.", nameof(part));
        if (first.Header.SourceChecksum is null != part.Header.SourceChecksum is null)
            throw new ArgumentException(
                $"Of '{first.Path}' and '{part.Path}' one has a checksum of its source rows, and the other has none. Give each "
                + "part the Source of its own, or none.", nameof(part));
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
