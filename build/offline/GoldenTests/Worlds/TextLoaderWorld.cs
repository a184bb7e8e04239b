namespace GoldenTests.Worlds;

public static partial class TextLoaderWorld
{
    /// <summary>The path of the case's file.</summary>
    public static string P;

    private static MLContext ml => F.Ml;

    private static object L(IDataView view) => Fx.View(view);

    /// <summary>"T, each text alone": every text of the fact is the only line of a one-column file after a header.</summary>
    public static object Run(string title, JsonElement fact) => title.Split(',')[0] switch
    {
        "bool" => EachAlone<OneBool>(fact),
        "int" => EachAlone<OneInt>(fact),
        "uint" => EachAlone<OneUInt>(fact),
        "byte" => EachAlone<OneByte>(fact),
        "long" => EachAlone<OneLong>(fact),
        "float" => EachAlone<OneFloat>(fact),
        "double" => EachAlone<OneDouble>(fact),
        "DateTime" => EachAlone<OneDate>(fact),
        "TimeSpan" => EachAlone<OneSpan>(fact),
        _ => throw new NotSupportedException("no runner"),
    };

    private static object EachAlone<T>(JsonElement fact) => fact.GetProperty("result").EnumerateArray()
        .Select(pair => pair.GetProperty("text").GetString())
        .Select(text => new O { { "text", text }, { "value", Alone<T>(text) } }).ToList();

    private static object Alone<T>(string text)
    {
        var path = Fx.File("alone.txt", "A\n" + text + "\n");
        try
        {
            var view = ml.Data.LoadFromTextFile<T>(path, separatorChar: ';', hasHeader: true);
            return ((List<object>)Fx.Vals(view, "A"))[0];
        }
        catch (Exception exception)
        {
            return $"throws {exception.GetType().Name}: {exception.Message}";
        }
    }

    public class VecIdx
    {
        [LoadColumn(new[] { 2, 0 })]
        public float[] Picked;

        [LoadColumn(1)]
        public string Name;
    }
}
