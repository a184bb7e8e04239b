namespace GoldenTests.Worlds;

public static partial class ColumnsWorld
{
    private static MLContext ml => F.Ml;

    private static TransformsCatalog X => ml.Transforms;

    private static IDataView L<T>(params T[] rows) where T : class => ml.Data.LoadFromEnumerable(rows);

    private static IDataView R() => L(new R
    {
        A = 1,
        B = 2,
        V = new float[] { 3, 4 },
        T = "t",
        I = 5,
        D = 6,
        VarV = new float[] { 7 },
        TV = new[] { "p", "q" },
        DV = new double[] { 8, 9 },
        K = 2,
    });

    private static IDataView Abc() => L(new Abc { A = 1, B = "b", C = 3 }, new Abc { A = 2, B = "bb", C = 4 });

    private static object Last<T>(IEstimator<T> estimator, IDataView view, params string[] names) where T : class, ITransformer
    {
        var output = estimator.Fit(view).Transform(view);
        var columns = output.Schema.Where(column => names.Contains(column.Name) && !column.IsHidden).ToList();
        return new O
        {
            { "allColumns", output.Schema.Select(column => $"{column.Name}: {column.Type}" + (column.IsHidden ? " (hidden)" : "")).ToList() },
            { "column", columns.Select(Fx.Col).ToList() },
            { "rows", Fx.Read(output, columns) },
        };
    }

    private static object Conv(IDataView view, DataKind kind) => Fx.Try(() =>
    {
        var output = X.Conversion.ConvertType("Y", "X", kind).Fit(view).Transform(view);
        return new O { { "type", output.Schema["Y"].Type.ToString() }, { "pairs", Fx.Read(output, new() { output.Schema["X"], output.Schema["Y"] }) } };
    });

    private static object Rep<T>(MissingValueReplacingEstimator.ReplacementMode mode, params T[] rows) where T : class => Fx.Try(() =>
    {
        var view = L(rows);
        var output = X.ReplaceMissingValues("Y", "X", mode).Fit(view).Transform(view);
        return new O { { "type", output.Schema["Y"].Type.ToString() }, { "Y", Fx.Vals(output, "Y") } };
    });

    public static object Run(string title, JsonElement fact)
    {
        var words = title.Split(' ');
        if (words[0] == "ReplaceMissingValues")
            return Replace(Enum.Parse<MissingValueReplacingEstimator.ReplacementMode>(words[1]), words[2] == "vector");
        return words[1] switch
        {
            "text" => Each(fact, value => new TX { X = value.GetString() }),
            "float" => Each(fact, value => new FX { X = (float)Number(value) }),
            "double" => Each(fact, value => new DX { X = Number(value) }),
            "int" => Each(fact, value => new IX { X = value.GetInt32() }),
            "bool" => Each(fact, value => new BX { X = value.GetBoolean() }),
            _ => throw new NotSupportedException("no runner"),
        };
    }

    private static object Replace(MissingValueReplacingEstimator.ReplacementMode mode, bool vector)
    {
        const float nan = float.NaN;
        return vector
            ? Rep(mode, new VX { X = new[] { 1, nan, 3 } }, new VX { X = new[] { nan, nan, 6 } }, new VX { X = new float[] { 4, 0, 6 } })
            : Rep(mode, new FX { X = 1 }, new FX { X = nan }, new FX { X = 4 }, new FX { X = 4 });
    }

    private static double Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture) : value.GetDouble();

    /// <summary>Every kind that the fact lists, every input value alone.</summary>
    private static object Each<T>(JsonElement fact, Func<JsonElement, T> row) where T : class
    {
        var result = new O();
        var kinds = fact.GetProperty("result").EnumerateObject().ToList();
        var inputs = kinds.First(kind => kind.Value.TryGetProperty("pairs", out _)).Value.GetProperty("pairs").EnumerateArray()
            .Select(pair => row(pair[0])).ToList();
        foreach (var kind in kinds)
        {
            var all = Conv(L(inputs.Take(1).ToArray()), Enum.Parse<DataKind>(kind.Name));
            result.Add(kind.Name, all is O { L: [("throws", _)] } ? all : new O { { "type", ((O)all).L[0].v }, { "pairs", inputs.Select(input => Pair(input, kind.Name)).ToList() } });
        }
        return result;
    }

    private static object Pair<T>(T input, string kind) where T : class
    {
        var value = typeof(T).GetProperty("X").GetValue(input);
        try
        {
            var view = L(input);
            var output = X.Conversion.ConvertType("Y", "X", Enum.Parse<DataKind>(kind)).Fit(view).Transform(view);
            return new[] { value, ((List<object>)Fx.Vals(output, "Y"))[0] };
        }
        catch (Exception exception)
        {
            var innermost = exception.GetBaseException();
            return new[] { value, $"throws (innermost) {innermost.GetType().Name}: {innermost.Message}" };
        }
    }
}
