using System.Globalization;

namespace ML.Robustness.Faults;

/// <summary>What is run, and for how long.</summary>
internal sealed record FaultOptions
{
    /// <summary>The parts to run; all where none is named.</summary>
    internal List<string> Parts { get; } = [];

    internal int Seed { get; private set; } = 1;

    /// <summary>How many damaged files are read in all.</summary>
    internal int Files { get; private set; } = 4000;

    /// <summary>How long each coverage-guided harness runs.</summary>
    internal int FuzzSeconds { get; private set; } = 60;

    /// <summary>How often each kind of run is killed.</summary>
    internal int Kills { get; private set; } = 16;

    /// <summary>How many classifiers are disposed while threads use them.</summary>
    internal int Rounds { get; private set; } = 600;

    /// <summary>How long all kinds of work are repeated; none by default.</summary>
    internal int SoakMinutes { get; private set; }

    /// <summary>The file that gets the tables; null for none.</summary>
    internal string? Report { get; private set; }

    /// <summary>The only format whose files are damaged; null for all.</summary>
    internal string? Format { get; private set; }

    internal static FaultOptions Parse(string[] arguments, IReadOnlyCollection<string> parts)
    {
        var options = new FaultOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (parts.Contains(arguments[i]))
            {
                options.Parts.Add(arguments[i]);
                continue;
            }
            var (name, value) = (arguments[i], i + 1 < arguments.Length ? arguments[++i] : "");
            if (name == "--report" && value.Length > 0)
                options.Report = value;
            else if (name == "--format" && value.Length > 0)
                options.Format = value;
            else if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || !options.Set(name, number))
                throw new ArgumentException(
                    $"Expected parts to run ({string.Join(", ", parts)}; all by default), then options with a number: --seed, "
                    + "--files, --fuzz-seconds, --kills, --rounds, --soak-minutes, or --format NAME, --report FILE; got "
                    + $"'{string.Join(' ', arguments)}'.");
        }
        return options;
    }

    private bool Set(string name, int number)
    {
        switch (name)
        {
            case "--seed":
                Seed = number;
                return true;
            case "--files":
                Files = number;
                return true;
            case "--fuzz-seconds":
                FuzzSeconds = number;
                return true;
            case "--kills":
                Kills = number;
                return true;
            case "--rounds":
                Rounds = number;
                return true;
            case "--soak-minutes":
                SoakMinutes = number;
                return true;
            default:
                return false;
        }
    }
}
