using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.AttackSuites;

namespace ML.Robustness.Tests.Testing;

/// <summary>Splits of rows into consecutive ranges, drawn from a seed: empty ranges and single rows among them.</summary>
internal static class Splits
{
    /// <summary>The ranges, in order; the first is not empty, since an empty whole is a mistake.</summary>
    public static (int First, int Count)[] Of(int rows, ulong seed)
    {
        var random = new SplitMix64(seed);
        var ends = new List<int> { (int)random.Below(rows) + 1 };
        while (ends[^1] < rows)
        {
            var left = rows - ends[^1];
            var count = random.Below(4) switch { 0 => 0, 1 => 1, _ => (int)random.Below(left) + 1 };
            ends.Add(ends[^1] + count);
        }
        if (random.Below(2) == 0)
            ends.Add(rows);
        return [.. ends.Select((end, part) => (part == 0 ? 0 : ends[part - 1], end - (part == 0 ? 0 : ends[part - 1])))];
    }

    /// <summary>Merges parts in any order and grouping.</summary>
    public static T Merged<T>(IReadOnlyList<T> parts, Func<IEnumerable<T>, T> merge, ulong seed)
    {
        var random = new SplitMix64(seed);
        var left = parts.ToList();
        while (left.Count > 1)
        {
            var count = (int)random.Below(left.Count) + 1;
            var first = (int)random.Below(left.Count - count + 1);
            var group = left.GetRange(first, count);
            group.Reverse();
            left.RemoveRange(first, count);
            left.Insert(first, merge(group));
        }
        return merge(left);
    }

    /// <summary>A range of the rows of a test case, numbered as there.</summary>
    public static LabeledDataset Part(this AttackSuiteTestCase whole, (int First, int Count) range) => LabeledDataset.FromTensors(
        whole.Inputs.narrow(0, range.First, range.Count).clone(), whole.Labels.narrow(0, range.First, range.Count).clone(),
        InputShape.Vector(AttackSuiteTestCase.Length), whole.Data.Classes, range.First);
}
