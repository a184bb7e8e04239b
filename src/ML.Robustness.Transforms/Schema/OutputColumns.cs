using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Schema;

/// <summary>The columns that a step adds: those that were asked for, in this order.</summary>
/// <typeparam name="TOutput">What a column holds.</typeparam>
internal abstract class OutputColumns<TOutput> where TOutput : struct, Enum
{
    private protected OutputColumns(IEnumerable<(TOutput Kind, string? Name)> columns) =>
        Columns = [.. columns.Where(column => column.Name is not null).Select(column => (column.Kind, column.Name!))];

    private protected (TOutput Kind, string Name)[] Columns { get; }

    internal TOutput this[int output] => Columns[output].Kind;

    /// <summary>Throws where two columns have one name.</summary>
    /// <param name="options">The name of the caller's parameter that gave them.</param>
    private protected void CheckNames(string options)
    {
        var twice = Columns.GroupBy(column => column.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new ArgumentException(
                $"Two of the output columns are called '{twice.Key}'. Give each a name of its own.", options);
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Columns.Length);
        foreach (var (kind, name) in Columns)
        {
            writer.Write(Convert.ToByte(kind, null));
            writer.Write(name);
        }
    }

    private protected static (TOutput Kind, string? Name)[] ReadColumns(CheckedReader reader)
    {
        var columns = new (TOutput Kind, string? Name)[reader.ReadCount("output columns", 2, Enum.GetValues<TOutput>().Length)];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = (reader.ReadEnum<TOutput>(), reader.ReadString());
        return columns.DistinctBy(column => column.Kind).Count() == columns.Length
            ? columns
            : throw new InvalidDataException("two output columns hold the same");
    }
}
