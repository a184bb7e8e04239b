namespace GoldenTests.Worlds;

public static partial class CursorWorld
{
    private static MLContext ml => F.Ml;

    private static DataOperationsCatalog D => ml.Data;

    private static IDataView Rows(int count) => D.LoadFromEnumerable(Enumerable.Range(0, count)
        .Select(i => new R { N = i, F = i, V = new float[] { i + 1, i + 1, i + 1 }, T = "t" + i }).ToArray());

    private static IDataView Norm(IDataView view) => ml.Transforms.NormalizeMinMax("Z", "V").Fit(view).Transform(view);

    private static IDataView Text(int count) => D.LoadFromTextFile(
        Fx.File($"rows{count}.txt", string.Concat(Enumerable.Range(0, count).Select(i => $"{i}\t{i}\n"))),
        new[] { new TextLoader.Column("N", DataKind.Int32, 0), new TextLoader.Column("F", DataKind.Single, 1) });

    private static IEnumerable<DataViewSchema.Column> Cs(IDataView view, params string[] names) => names.Select(name => view.Schema[name]).ToList();

    private static string Ids(IDataView view, Random random = null)
    {
        using var cursor = view.GetRowCursor(view.Schema, random);
        var getter = cursor.GetIdGetter();
        var ids = new List<string>();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getter(ref id);
            ids.Add(id.ToString());
        }
        return string.Join(' ', ids);
    }

    private static IDataView Named(string name, int count) => name switch
    {
        "LoadFromEnumerable" => Rows(count),
        "Cache" => D.Cache(Rows(count)),
        "NormalizeMinMax output" or "NormalizeMinMax over LoadFromEnumerable" => Norm(Rows(count)),
        "text loader" or "text loader with two columns" => Text(count),
        "TakeRows" => D.TakeRows(Rows(count + 1), count),
        "TakeRows 100 of 200" => D.TakeRows(Rows(200), 100),
        "FilterRowsByColumn" => count == 2 ? D.FilterRowsByColumn(Rows(4), "F", 1, 3) : D.FilterRowsByColumn(Rows(count), "F", 50, 150),
        "ShuffleRows" => D.ShuffleRows(Rows(count), 1),
        "SelectColumns" => ml.Transforms.SelectColumns("N", "F").Fit(Rows(count)).Transform(Rows(count)),
        _ => throw new NotSupportedException("no runner"),
    };

    public static object Run(string title, JsonElement fact)
    {
        var name = title[(title.IndexOf(": ", StringComparison.Ordinal) + 2)..].Replace(", 200 rows", "");
        return title[0] switch
        {
            'P' => Positions(Named(name, 2)),
            _ when title.StartsWith("GetGetter for", StringComparison.Ordinal) => Inactive(Named(name, 2)),
            _ when title.StartsWith("GetGetter with", StringComparison.Ordinal) => WrongType(Named(name, 2)),
            _ => Set(Named(name, 200)),
        };
    }

    private static object Positions(IDataView view)
    {
        using var cursor = view.GetRowCursor(view.Schema);
        var lines = new List<string> { "before: " + cursor.Position };
        bool more;
        do
        {
            more = cursor.MoveNext();
            lines.Add($"MoveNext {more}, Position {cursor.Position}");
        }
        while (more);
        lines.Add($"again: MoveNext {cursor.MoveNext()}, Position {cursor.Position}");
        lines.Add("Batch: " + cursor.Batch);
        return lines;
    }

    private static object Inactive(IDataView view)
    {
        using var cursor = view.GetRowCursor(new[] { view.Schema["N"] });
        return new O
        {
            { "IsColumnActive(N)", cursor.IsColumnActive(view.Schema["N"]) }, { "IsColumnActive(F)", cursor.IsColumnActive(view.Schema["F"]) },
            { "GetGetter<float>(F)", Fx.Try(() => cursor.GetGetter<float>(view.Schema["F"]) != null) },
        };
    }

    private static object WrongType(IDataView view)
    {
        using var cursor = view.GetRowCursor(view.Schema);
        return new O
        {
            { "double for Single", Fx.Try(() => cursor.GetGetter<double>(view.Schema["F"]) != null) },
            { "VBuffer<float> for Single", Fx.Try(() => cursor.GetGetter<VBuffer<float>>(view.Schema["F"]) != null) },
        };
    }

    private static object Set(IDataView view)
    {
        var cursors = view.GetRowCursorSet(new[] { view.Schema["N"] }, 2);
        var rows = cursors.Select(_ => new List<(int N, long Position, long Batch)>()).ToArray();
        void Drain(int i)
        {
            using var cursor = cursors[i];
            var getter = cursor.GetGetter<int>(view.Schema["N"]);
            var n = 0;
            while (cursor.MoveNext())
            {
                getter(ref n);
                rows[i].Add((n, cursor.Position, cursor.Batch));
            }
        }
        var threads = Enumerable.Range(0, cursors.Length).Select(i => new System.Threading.Thread(() => Drain(i))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var all = rows.SelectMany(list => list.Select(row => row.N)).ToList();
        return new O
        {
            { "cursors returned", cursors.Length },
            { "drained one after the other", cursors.Length > 1 ? "(see threads)" : rows.Select(list => new O
                {
                    { "rows", list.Count }, { "firstRows", list.Take(6).Select(row => row.N).ToList() },
                    { "distinctBatches", list.Select(row => row.Batch).Distinct().ToList() }, { "positions", list.Take(4).Select(row => row.Position).ToList() },
                }).ToList()
            },
            { "drained by one thread each, rows per cursor", cursors.Length == 1 ? null : new O
                {
                    { "union size", all.Count }, { "all distinct", all.Distinct().Count() == all.Count },
                    { "each cursor increasing", rows.All(list => list.Zip(list.Skip(1)).All(pair => pair.First.N < pair.Second.N)) },
                }
            },
        };
    }

    /// <summary>A view that notes which cursors are opened.</summary>
    public class Spy(IDataView source, List<string> seen) : IDataView
    {
        public bool CanShuffle => source.CanShuffle;

        public DataViewSchema Schema => source.Schema;

        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        {
            seen.Add($"GetRowCursor({string.Join(',', columnsNeeded.Select(column => column.Name))})");
            return source.GetRowCursor(columnsNeeded, rand);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        {
            seen.Add($"GetRowCursorSet({string.Join(',', columnsNeeded.Select(column => column.Name))}, n)");
            return source.GetRowCursorSet(columnsNeeded, n, rand);
        }
    }
}
