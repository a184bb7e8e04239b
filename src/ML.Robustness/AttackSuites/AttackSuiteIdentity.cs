using System.Globalization;
using ML.Robustness.Persistence;

namespace ML.Robustness.AttackSuites;

/// <summary>The rows that a suite was run on, and the run; both must be equal for a run to go on from a state.</summary>
/// <param name="FirstRow">The number of the first row within the whole.</param>
/// <param name="Rows">The digest of the rows, as <see cref="RowDigest"/> makes it.</param>
/// <param name="LeftOut">The digest of those that are not attacked although they are classified rightly.</param>
/// <param name="Run">What else must be equal, a line for each thing, so that the first that differs can be named.</param>
internal sealed record AttackSuiteIdentity(long FirstRow, string Rows, string LeftOut, string Run)
{
    internal string Text => string.Create(CultureInfo.InvariantCulture,
        $"the first row is {FirstRow}\nthe rows' digest is {Rows}\n{Run}\nthe digest of the rows left out is {LeftOut}");

    /// <summary>The identity of the whole, of parts in the order of their rows and of one run.</summary>
    internal static AttackSuiteIdentity Merge(IReadOnlyList<AttackSuiteIdentity> parts) => parts[0] with
    {
        Rows = Sum([.. parts.Select(part => part.Rows)]),
        LeftOut = Sum([.. parts.Select(part => part.LeftOut)]),
    };

    internal void Write(BinaryWriter writer)
    {
        writer.Write(FirstRow);
        writer.Write(Rows);
        writer.Write(LeftOut);
        writer.Write(Run);
    }

    // Without a file nobody asks for a digest of the rows, and none is computed.
    private static string Sum(string[] digests) => digests.All(digest => digest.Length > 0) ? RowDigest.Sum(digests) : "";

    internal static AttackSuiteIdentity Read(CheckedReader reader) =>
        new(reader.ReadInt64(), reader.ReadString(), reader.ReadString(), reader.ReadString());
}
