using System.Reflection;
using System.Text.Json;
using Microsoft.ML.Runtime;

namespace GoldenTests;

/// <summary>Runs the cases of one file and tells for each what differs from the fact.</summary>
public sealed class FactRunner(FactFile file)
{
    private static readonly string[] AllLevels = ["log.json"];

    /// <summary>Members of the world that do not compile here: cases that lean on them cannot either.</summary>
    public IReadOnlyList<string> MissingMembers { get; private set; } = [];

    /// <summary>The wanted cases and what differs: null where the fact holds.</summary>
    public IEnumerable<(FactCase Fact, string Difference)> Run(Func<FactCase, bool> wanted)
    {
        if (!file.Cases.Any(wanted))
            yield break;

        var builder = new WorldBuilder(file);
        var world = builder.Build();
        MissingMembers = builder.Missing;
        var inputs = 0;
        foreach (var fact in file.Cases)
        {
            if (fact.Input != null)
                Set(world, "P", Fx.File($"t{inputs++}.txt", fact.Input));
            if (wanted(fact))
                yield return (fact, builder.Errors.TryGetValue(fact.Index, out var error) ? "does not compile: " + error : Difference(world, fact));
        }
    }

    private string Difference(Type world, FactCase fact)
    {
        F.MinLog = AllLevels.Contains(file.Name) || fact.Title.Contains("all levels") ? ChannelMessageKind.Trace : ChannelMessageKind.Warning;
        F.Reset();
        F.Log.Clear();
        string came;
        string outcome;
        try
        {
            came = J.Write(Invoke(world, fact));
            outcome = "result";
        }
        catch (Exception exception)
        {
            came = J.Write(Fx.Ex(exception));
            outcome = "throws";
        }
        if (!fact.Fact.TryGetProperty(outcome, out var expected))
            return $"expected {(outcome == "throws" ? "a result" : "an exception")}, came {outcome} {came}";
        var actual = JsonDocument.Parse(came).RootElement;
        var difference = outcome == "throws"
            ? FactComparer.Difference(FactComparer.Unwrap(expected), FactComparer.Unwrap(actual))
            : FactComparer.Difference(expected, actual);
        return difference ?? LogDifference(fact);
    }

    private static object Invoke(Type world, FactCase fact)
    {
        const BindingFlags Flags = BindingFlags.DoNotWrapExceptions;
        if (fact.Code != null)
            return world.GetMethod("Case_" + fact.Index).Invoke(null, Flags, null, null, null);
        var runner = world.GetMethod("Run") ?? throw new NotSupportedException("The world has no runner for cases without code.");
        return runner.Invoke(null, Flags, null, [fact.Title, fact.Fact], null);
    }

    private static string LogDifference(FactCase fact)
    {
        string log;
        lock (F.Log)
            log = J.Write(F.Log);
        var actual = JsonDocument.Parse(log).RootElement;
        if (!fact.Fact.TryGetProperty("log", out var expected))
            return actual.GetArrayLength() == 0 ? null : "$log: expected nothing, came " + log;
        // Only log.json shows the whole message beside the raw one.
        if (!expected[0].TryGetProperty("message", out _))
        {
            foreach (var entry in F.Log)
                entry.L.RemoveAll(member => member.k == "message");
            actual = JsonDocument.Parse(J.Write(F.Log)).RootElement;
        }
        return FactComparer.Difference(expected, actual, "$log");
    }

    private static void Set(Type world, string name, string value) =>
        world.GetField(name, BindingFlags.Static | BindingFlags.Public)?.SetValue(null, value);
}
