namespace GoldenTests.Worlds;

public static partial class LogWorld
{
    private static MLContext ml => F.Ml;

    private static IHostEnvironment Env() => F.Reset();

    private static List<int> Five(IHost host) => Enumerable.Range(0, 5).Select(_ => host.Rand.Next()).ToList();

    private static IDataView Data(MLContext context) => context.Data.LoadFromEnumerable(new[]
    {
        new Row { T = "a", V = new float[] { 1, 2 }, A = 1 }, new Row { T = "b", V = new float[] { 3, 4 }, A = 2 }, new Row { T = "a", V = new float[] { 5, 6 }, A = 3 },
    });

    public static object Run(string title, JsonElement fact) => typeof(IChannel).GetInterfaces().Append(typeof(IChannel))
        .SelectMany(type => type.GetMethods()).Where(method => method.Name == "Info").Select(method => method.ToString()).ToList();

    public class Row
    {
        public string T { get; set; }

        [VectorType(2)]
        public float[] V { get; set; }

        public float A { get; set; }
    }
}
