using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GoldenTests;

/// <summary>The facts' context: a fresh <see cref="MLContext"/> with seed 1, and what it logged.</summary>
public static class F
{
    public static MLContext Ml { get; private set; } = new(1);

    public static List<O> Log { get; } = [];

    public static ChannelMessageKind MinLog { get; set; } = ChannelMessageKind.Warning;

    public static MLContext Reset()
    {
        Ml = new MLContext(1);
        Ml.Log += Record;
        return Ml;
    }

    private static void Record(object sender, LoggingEventArgs entry)
    {
        if (entry.Kind < MinLog)
            return;
        lock (Log)
        {
            var fact = new O
            {
                { "kind", entry.Kind.ToString() }, { "source", entry.Source }, { "rawMessage", Fx.El(entry.RawMessage) },
                { "message", Fx.El(entry.Message) },
            };
            if (Log.Count > 0 && Log[^1].L.Take(4).SequenceEqual(fact.L))
                Repeat(Log[^1]);
            else
                Log.Add(fact);
        }
    }

    private static void Repeat(O entry)
    {
        var times = entry.L.Count > 4 ? (int)entry.L[4].v : 1;
        entry.L.RemoveRange(4, entry.L.Count - 4);
        entry.Add("times", times + 1);
    }
}
