using ML.Robustness.ThreatModels;

namespace ML.Robustness.Evaluation;

/// <summary>How far a linear function can be raised inside a ball cut with a range: exact, not only for the ball.</summary>
internal static class WorstCase
{
    /// <summary>The greatest w·δ; null where the norm is none of those below.</summary>
    /// <param name="weights">w; written to.</param>
    /// <param name="room">How far each value may move in the direction of its weight; written to.</param>
    /// <param name="threatModel">Radius, norm and budgets.</param>
    internal static double? Gain(Span<double> weights, Span<double> room, ThreatModel threatModel)
    {
        for (var i = 0; i < room.Length; i++)
        {
            // In units of the budgets the ball is a plain one.
            if (threatModel.Budgets is { } budgets)
                (weights[i], room[i]) = (weights[i] * budgets[i], budgets[i] > 0 ? room[i] / budgets[i] : 0);
            room[i] = weights[i] == 0 ? 0 : Math.Min(room[i], threatModel.Epsilon);
        }
        return threatModel.Name switch
        {
            "LInf" or "Unbounded" => Dot(weights, room),
            "L2" => Euclidean(weights, room, threatModel.Epsilon),
            "L1" => Sum(weights, room, threatModel.Epsilon),
            _ => null,
        };
    }

    // The radius goes to the steepest values first, each as far as the range lets it.
    private static double Sum(ReadOnlySpan<double> weights, Span<double> room, double epsilon)
    {
        var steepness = new double[weights.Length];
        for (var i = 0; i < weights.Length; i++)
            steepness[i] = -Math.Abs(weights[i]);
        steepness.AsSpan().Sort(room);
        var (sum, left) = (0.0, epsilon);
        for (var i = 0; i < steepness.Length && left > 0; i++)
        {
            var spent = Math.Min(room[i], left);
            sum -= steepness[i] * spent;
            left -= spent;
        }
        return sum;
    }

    private static double Dot(ReadOnlySpan<double> weights, ReadOnlySpan<double> moves)
    {
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
            sum += Math.Abs(weights[i]) * moves[i];
        return sum;
    }

    // δ = min(λ|w|, room) with the λ that spends the radius: values that reach their bound are taken out and λ is found anew,
    // until none does.
    private static double Euclidean(ReadOnlySpan<double> weights, Span<double> room, double epsilon)
    {
        var isFull = new bool[weights.Length];
        while (true)
        {
            var (spent, free) = (0.0, 0.0);
            for (var i = 0; i < weights.Length; i++)
            {
                if (isFull[i])
                    spent += room[i] * room[i];
                else
                    free += weights[i] * weights[i];
            }
            var scale = free > 0 ? Math.Sqrt(Math.Max(0, epsilon * epsilon - spent) / free) : 0;
            var changed = false;
            for (var i = 0; i < weights.Length; i++)
            {
                if (!isFull[i] && weights[i] != 0 && scale * Math.Abs(weights[i]) > room[i])
                    isFull[i] = changed = true;
            }
            if (changed)
                continue;
            for (var i = 0; i < weights.Length; i++)
            {
                if (!isFull[i])
                    room[i] = scale * Math.Abs(weights[i]);
            }
            return Dot(weights, room);
        }
    }
}
