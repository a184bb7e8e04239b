using ML.Robustness.Persistence;
using ML.Robustness.Transforms.RobustFeatureDataset;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>Puts the files of parts of a feature data set together to the file of the whole.</summary>
internal static class FeatureDatasetMerge
{
    private const string PartPaths = "partPaths"; // as the caller has it

    internal static void Write(IEnumerable<string> paths, string path, CancellationToken cancellation)
    {
        FeatureDatasetContent[] given = [.. paths.Select(FeatureDatasetContent.Open)];
        foreach (var part in given)
            Check(given[0], part);
        // What must be equal was compared, so that the parts are of one run.
        var ordered = ResultPart.InOrder(given, part => new ResultPart(part.Header.FirstRow, part.Rows, ""));
        var checksums = ordered.Select(part => part.Header.SourceChecksum).ToArray();
        var header = ordered[0].Header with
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
                + "the next part begins. Create the file of the whole in one call.", PartPaths);
        if (first.Header.RunDifference(part.Header) is var (what, mine, its))
            throw new ArgumentException(
                $"The parts are of different feature data sets: {what} is {mine} in '{first.Path}', {its} in '{part.Path}'. "
                + "Merge the parts of one, with the same classifier and options.", PartPaths);
        if (first.Header.SourceChecksum is null != part.Header.SourceChecksum is null)
            throw new ArgumentException(
                $"Of '{first.Path}' and '{part.Path}' one has a checksum of its source rows, and the other has none. Give each "
                + "part the Source of its own, or none.", PartPaths);
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
