namespace GoldenTests.Worlds;

public static partial class DataOperationsWorld
{
    private static readonly NF[] fl = new[] { 0, 1, 1.5, 2, 3, double.NaN, double.PositiveInfinity, double.NegativeInfinity }
        .Select((value, i) => new NF { F = (float)value, D = value, I = i, T = "t" + i, V = new[] { (float)value, 1 } }).ToArray();

    private static readonly MLContext ml = F.Ml;

    private static DataOperationsCatalog D => ml.Data;

    private static IDataView L<T>(params T[] rows) where T : class => D.LoadFromEnumerable(rows);

    private static IDataView N(int count) => L(Enumerable.Range(0, count).Select(i => new N1 { N = i, F = i / 2f }).ToArray());

    private static IDataView Lazy(int count) => D.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new N1 { N = i, F = i / 2f }));

    private static List<int> I(IDataView view) => ((List<object>)Fx.Vals(view, "N")).Cast<int>().ToList();

    private static object P(IDataView view) => new O { { "GetRowCount", view.GetRowCount() }, { "CanShuffle", view.CanShuffle } };

    private static object C<T>(IDataView view, Func<T, object> show, bool ign = false) where T : class, new() =>
        D.CreateEnumerable<T>(view, false, ignoreMissingColumns: ign).Select(show).ToList();

    private static IDataView AB() => L(new OutAB { A = 1, B = "x" }, new OutAB { A = 2, B = "" });

    private static IDataView Ks() => L(new Key3 { K = 0 }, new Key3 { K = 2 }, new Key3 { K = 3 });

    public static object Run(string title, JsonElement fact)
    {
        if (title.StartsWith("passing a Random", StringComparison.Ordinal))
            return new O { { "array", Shuffled(N(6)) }, { "lazy", Shuffled(Lazy(6)) }, { "Cache(array)", Order(D.Cache(N(6))) } };
        return new O
        {
            { "LoadFromEnumerable(array)", P(N(5)) }, { "LoadFromEnumerable(List)", P(D.LoadFromEnumerable(new List<N1> { new() })) },
            { "LoadFromEnumerable(lazy IEnumerable)", P(Lazy(5)) }, { "Cache(array)", P(D.Cache(N(5))) },
            { "Cache(lazy), before reading", P(D.Cache(Lazy(5))) }, { "TakeRows(array, 3)", P(D.TakeRows(N(5), 3)) },
            { "TakeRows(array, 100)", P(D.TakeRows(N(5), 100)) }, { "TakeRows(lazy, 3)", P(D.TakeRows(Lazy(5), 3)) },
            { "SkipRows(array, 2)", P(D.SkipRows(N(5), 2)) }, { "SkipRows(lazy, 2)", P(D.SkipRows(Lazy(5), 2)) },
            { "ShuffleRows(array)", P(D.ShuffleRows(N(5))) }, { "ShuffleRows(lazy)", P(D.ShuffleRows(Lazy(5))) },
            { "FilterRowsByColumn(array)", P(D.FilterRowsByColumn(N(5), "F", 0, 1)) },
            { "FilterRowsByMissingValues(array)", P(D.FilterRowsByMissingValues(N(5), "F")) },
            { "NormalizeMinMax output", P(ml.Transforms.NormalizeMinMax("F").Fit(N(5)).Transform(N(5))) },
            { "SelectColumns output", P(ml.Transforms.SelectColumns("F").Fit(N(5)).Transform(N(5))) },
            { "BootstrapSample", P((IDataView)((dynamic)D).BootstrapSample(N(5))) },
        };
    }

    private static object Shuffled(IDataView view) => new O { { "CanShuffle", view.CanShuffle }, { "rows", Order(view) } };

    private static List<int> Order(IDataView view)
    {
        using var cursor = view.GetRowCursor(view.Schema, new Random(1));
        var getter = cursor.GetGetter<int>(view.Schema["N"]);
        var order = new List<int>();
        var value = 0;
        while (cursor.MoveNext())
        {
            getter(ref value);
            order.Add(value);
        }
        return order;
    }

    public enum En { X, Y }

    public record Rec { public float A { get; init; } public string B { get; init; } }

    public record PosRec(float A, string B);

    public class ReadOnlyProp { public float A { get; } = 3; public float B { get; set; } }

    public class PrivateSet { public float A { get; private set; } = 4; public float B { get; set; } }

    public class SetOnly { private float _a; public float A { set => _a = value; } public float B { get; set; } }

    public class WithStatic { public static float S = 5; public float A { get; set; } }

    public class ReadonlyField { public readonly float A = 2; public float B; }

    public class WithConst { public const int Z = 6; public float A; }

    public class Derived : Base { public float B { get; set; } }

    public class PrivateMember { private float A { get; set; } public float B { get; set; } }

    public class OutMissing { public float A { get; set; } public float Zzz { get; set; } = -7; }

    public class Dup { [ColumnName("X")] public float A { get; set; } public float X { get; set; } }
}
