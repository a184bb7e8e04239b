using Microsoft.ML;
using Microsoft.ML.Data;

namespace AttackMyModel;

/// <summary>Rows with a column for each feature, the label as ML.NET's trainers take it, and the class as a key.</summary>
/// <param name="Train">The rows whose number 5 does not divide.</param>
/// <param name="Test">Rows whose number 5 divides: all, or some of them.</param>
internal sealed record TabularRows(IDataView Train, IDataView Test)
{
    /// <summary>The column of labels: Boolean of two classes, else a key.</summary>
    public const string Label = "Label";

    /// <summary>The column of classes, a key.</summary>
    public const string Class = "Class";

    private const int Fold = 5;

    /// <summary>Reads the rows without missing values.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="problem">The data.</param>
    /// <param name="folder">The folder of the file.</param>
    /// <param name="testEvery">The test rows are those whose number this divides: a multiple of 5.</param>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    public static TabularRows Open(MLContext ml, TabularProblem problem, string folder, int testEvery)
    {
        var path = Path.Combine(folder, problem.File);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"{path} is missing. Expected {problem.File} of the tests of dotnet/machinelearning (its folder test/data): the "
                + "class, then the features, tab between them. Put the file there, or name its folder with --data.");
        var keys = new KeyCount((ulong)problem.Classes);
        TextLoader.Column[] columns =
        [
            problem.Classes == 2
                ? new(Label, DataKind.Boolean, 0)
                : new(Label, DataKind.UInt32, [new TextLoader.Range(0)], keys),
            new(Class, DataKind.UInt32, [new TextLoader.Range(0)], keys),
            .. problem.Columns.Select((name, place) => new TextLoader.Column(name, DataKind.Single, place + 1)),
        ];
        // The loader leaves out lines that begin with // or #.
        var rows = ml.Data.FilterRowsByMissingValues(ml.Data.LoadFromTextFile(path, columns), problem.Columns);
        return new TabularRows(Part(row => row % Fold != 0), Part(row => row % testEvery == 0));

        IDataView Part(Func<int, bool> isIn) => ml.Data.Cache(ml.Data.FilterByStatefulCustomPredicate<AnyRow, RowNumber>(
            rows, (_, number) => !isIn(number.Value++), number => number.Value = 0));
    }

    /// <summary>The features of rows, one after the other.</summary>
    public static float[][] Features(IDataView rows, TabularProblem problem)
    {
        var columns = Array.ConvertAll(problem.Columns, name => rows.GetColumn<float>(name).ToArray());
        return [.. Enumerable.Range(0, columns[0].Length).Select(row => Array.ConvertAll(columns, column => column[row]))];
    }

    private sealed class AnyRow
    {
        public uint Class { get; set; }
    }

    private sealed class RowNumber
    {
        public int Value { get; set; }
    }
}
