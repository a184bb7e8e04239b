using ML.Robustness.AttackGeometry;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attacks;

/// <summary>The search of <see cref="HopSkipJumpAttack"/> in one batch.</summary>
/// <remarks>
/// All rows go on in step, and each pass has the queries of all of them; but what a row asks depends on its own answers only.
/// </remarks>
internal sealed class HopSkipJumpRun : IDisposable
{
    private const ulong StartStream = 0x53_74_61_72_74; // "Start"
    private const ulong NearerStream = 0x4E_65_61_72_65_72; // "Nearer"
    private const ulong LastStream = 0x4C_61_73_74; // "Last"
    private const ulong SampleStream = 0x53_61_6D_70_6C_65_00_00; // "Sample", then the iteration

    /// <summary>The starts, the points of a bisection and the lengths of a step that are tried of a row at once.</summary>
    private const int StartsAtOnce = 32, PointsAtOnce = 3, LengthsAtOnce = 3;

    /// <summary>One in so many queries goes into nearer starts.</summary>
    private const int StartShare = 10;

    /// <summary>How often a step is halved before the row stays where it is.</summary>
    private const int MostHalvings = 30;

    private readonly HopSkipJumpAttack _attack;
    private readonly SearchContext _search;
    private readonly HopSkipJumpGeometry _geometry;
    private readonly int _passSize, _rounds;
    private readonly long _limit;
    private readonly long[] _used;
    private readonly double[] _distances;
    private readonly Tensor _points;
    private readonly SmallestPerturbation _nearest;

    public HopSkipJumpRun(HopSkipJumpAttack attack, SearchContext search)
    {
        using var scope = NewDisposeScope();
        var (rows, length) = (search.Origins.shape[0], search.Origins.numel() / search.Origins.shape[0]);
        _attack = attack;
        _search = search;
        _geometry = new HopSkipJumpGeometry(attack.ThreatModel, length, attack.Tolerance);
        _passSize = SamplePasses.Size(attack.BatchSize, length);
        _rounds = Math.Max(1, (int)Math.Ceiling(-Math.Log(_geometry.Tolerance) / Math.Log(PointsAtOnce + 1)));
        // The last candidates go through the network twice: offered as they are, and projected by the base.
        _limit = attack.Queries - (2 * search.Samples);
        _used = new long[rows];
        _distances = new double[rows];
        Array.Fill(_distances, double.PositiveInfinity);
        var reached = search.Goal.IsReached(search.ForwardMean(search.Origins));
        Array.Fill(_used, search.Samples);
        var none = full([rows], Kept(double.PositiveInfinity), search.Origins.dtype, search.Origins.device);
        _nearest = new SmallestPerturbation(search.Origins, where(reached, zeros_like(none), none));
        _points = search.Origins.clone().DetachFromDisposeScope();
    }

    /// <summary>How many queries a bisection of a row takes.</summary>
    private int BisectionQueries => _rounds * PointsAtOnce;

    /// <summary>Searches; returns the candidates that are offered already.</summary>
    public Tensor Find()
    {
        using var scope = NewDisposeScope();
        MoveToBoundary(FindStarts());
        ImproveStarts();
        for (var iteration = 1; OpenRows() is { Length: > 0 } open; iteration++)
        {
            using var step = NewDisposeScope();
            MoveToBoundary(Step(open, EstimateAscent(open, iteration), iteration));
        }
        return OfferNearest().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _points.Dispose();
        _nearest.Dispose();
    }

    /// <summary>Queries that are left to a row; each is answered by the mean of as many passes as the attack averages.</summary>
    private long Left(long row) => (_limit - _used[row]) / _search.Samples;

    /// <summary>Rows at the boundary that are searched further and have the queries for it.</summary>
    private long[] OpenRows()
    {
        using var scope = NewDisposeScope();
        var isSearched = _nearest.StillSearched(_attack.StopOnSuccess ? _attack.ThreatModel.Epsilon : 0)
            .logical_and(_nearest.IsFound).cpu().data<bool>().ToArray();
        return [.. Enumerable.Range(0, _used.Length).Select(static row => (long)row)
            .Where(row => isSearched[row] && SamplesLeft(row) >= 2)];
    }

    /// <summary>The samples that leave a row enough queries for a step and a bisection.</summary>
    private long SamplesLeft(long row) => Left(row) - LengthsAtOnce - BisectionQueries;

    /// <summary>Moves rows that do not reach the goal to a point that does, and returns those that found one.</summary>
    private long[] FindStarts()
    {
        using var scope = NewDisposeScope();
        var open = _nearest.IsFound.logical_not().nonzero().squeeze(1).cpu().data<long>().ToArray();
        var found = new List<long>();
        if (_search.Start is { } start && open.Length > 0 && Left(open[0]) > 0)
            Try(1, pass => start.index_select(0, pass.Positions));
        var random = _search.Random.Derive(StartStream);
        for (var (tried, block) = (0, 1); open.Length > 0; block = Math.Min(2 * block, StartsAtOnce))
        {
            // Rows without a start have asked alike so far. What is left is for a bisection.
            var left = Left(open[0]);
            var count = (int)Math.Min(block, Math.Min(left, Math.Max(left - BisectionQueries, tried == 0 ? 1 : 0)));
            if (count < 1)
                break;
            var first = tried;
            Try(count, pass =>
            {
                var tries = Array.ConvertAll(pass.Samples, sample => first + sample);
                var origins = _search.Origins.index_select(0, pass.Positions);
                return _geometry.RandomPoints(origins, random.Copies(pass.Rows, tries), tries);
            });
            tried += count;
        }
        return [.. found];

        void Try(int count, Func<Pass, Tensor> propose)
        {
            var hits = MoveToFirst(open, count, propose);
            found.AddRange(open.Where((_, place) => hits[place] >= 0));
            open = [.. open.Where((_, place) => hits[place] < 0)];
        }
    }

    /// <summary>Looks for points that reach the goal and are nearer than those that the rows have.</summary>
    /// <remarks>The regions of a tree are many, and the first that is found is seldom the nearest.</remarks>
    private void ImproveStarts()
    {
        var random = _search.Random.Derive(NearerStream);
        for (var tried = 0; ; tried += StartsAtOnce)
        {
            using var scope = NewDisposeScope();
            long[] open = [.. OpenRows().Where(
                row =>
                    StartShare * (_used[row] + ((StartsAtOnce + BisectionQueries) * (long)_search.Samples)) <= _attack.Queries)];
            if (open.Length == 0)
                return;
            var first = tried;
            var hits = MoveToFirst(open, StartsAtOnce, pass =>
            {
                var tries = Array.ConvertAll(pass.Samples, sample => first + sample);
                var origins = _search.Origins.index_select(0, pass.Positions);
                var distances = Array.ConvertAll(pass.Rows, row => (1 - _geometry.Tolerance) * _distances[row]);
                return _geometry.RandomPointsWithin(origins, random.Copies(pass.Rows, tries), tries, distances);
            });
            MoveToBoundary([.. open.Where((_, place) => hits[place] >= 0)]);
        }
    }

    /// <summary>Bisects between the rows' points and their origins, and keeps what is nearer than all before.</summary>
    private void MoveToBoundary(long[] rows)
    {
        if (rows.Length == 0)
            return;
        using var scope = NewDisposeScope();
        var far = _points.clone();
        var (low, high) = (new double[_used.Length], new double[_used.Length]);
        Array.Fill(high, 1);
        for (var round = 0; round < _rounds; round++)
        {
            long[] open = [.. rows.Where(row => Left(row) >= PointsAtOnce)];
            double Share(long row, int sample) => low[row] + ((high[row] - low[row]) * (sample + 1) / (PointsAtOnce + 1));
            var hits = MoveToFirst(open, PointsAtOnce, pass => _geometry.Towards(
                far.index_select(0, pass.Positions), _search.Origins.index_select(0, pass.Positions),
                [.. pass.Rows.Zip(pass.Samples, Share)]));
            for (var place = 0; place < open.Length; place++)
            {
                var (row, hit) = (open[place], hits[place] < 0 ? PointsAtOnce : hits[place]);
                (low[row], high[row]) = (
                    hit == 0 ? low[row] : Share(row, hit - 1), hit == PointsAtOnce ? high[row] : Share(row, hit));
            }
        }
        var positions = Positions(rows);
        var points = _points.index_select(0, positions);
        var distances = _attack.ThreatModel.Distance(points, _search.Origins.index_select(0, positions));
        using var nearest = _nearest.Select(positions);
        nearest.Offer(points, distances, ones_like(distances, ScalarType.Bool));
        _nearest.Put(positions, nearest);
        var lengths = distances.to(ScalarType.Float64).cpu().data<double>().ToArray();
        for (var place = 0; place < rows.Length; place++)
            _distances[rows[place]] = lengths[place];
    }

    /// <summary>The direction of the gradient at the rows' points: samples that reach the goal pull, others push.</summary>
    private Tensor EstimateAscent(long[] rows, int iteration)
    {
        using var scope = NewDisposeScope();
        var wanted = Math.Min(_attack.MostSamples, (long)(_attack.FirstSamples * Math.Sqrt(iteration)));
        var counts = Array.ConvertAll(rows, row => (int)Math.Min(wanted, SamplesLeft(row)));
        var random = _search.Random.Derive(SampleStream + (ulong)iteration);
        var centres = _points.index_select(0, Positions(rows));
        var sums = new DirectionSums(centres);
        foreach (var pass in Passes(rows, counts))
        {
            using var inner = NewDisposeScope();
            var points = _points.index_select(0, pass.Positions);
            var (samples, directions) = DirectionSamples.Around(
                _attack.ThreatModel, points, _geometry.Directions(points, random.Copies(pass.Rows, pass.Samples)),
                Array.ConvertAll(pass.Rows, row => _geometry.SampleRadius * _distances[row]));
            sums.Add(directions, pass.Places, Array.ConvertAll(AreReached(pass, samples), reached => reached ? 1.0 : -1));
        }
        return _geometry.Ascent(centres, sums.MeanAboveBaseline(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Goes along a direction as far as the goal is reached, halving the step; returns the rows that moved.</summary>
    private long[] Step(long[] rows, Tensor ascent, int iteration)
    {
        using var scope = NewDisposeScope();
        var places = Enumerable.Range(0, rows.Length).ToArray();
        var moved = new List<long>();
        for (var halvings = 0; halvings < MostHalvings; halvings += LengthsAtOnce)
        {
            places = [.. places.Where(place => Left(rows[place]) >= LengthsAtOnce + (halvings == 0 ? 0 : BisectionQueries))];
            if (places.Length == 0)
                break;
            var open = Array.ConvertAll(places, place => rows[place]);
            var (tried, first) = (places, halvings);
            var hits = MoveToFirst(open, LengthsAtOnce, pass => _geometry.Step(
                _points.index_select(0, pass.Positions),
                ascent.index_select(0, Positions(Array.ConvertAll(pass.Places, place => (long)tried[place]))),
                [.. pass.Rows.Zip(pass.Samples,
                    (row, sample) => Math.ScaleB(_distances[row] / Math.Sqrt(iteration), -first - sample))]));
            moved.AddRange(open.Where((_, place) => hits[place] >= 0));
            places = [.. places.Where((_, place) => hits[place] < 0)];
        }
        return [.. moved];
    }

    /// <summary>Moves rows to the first of their candidates that reaches the goal.</summary>
    /// <returns>The number of that candidate for each row, or −1.</returns>
    private int[] MoveToFirst(long[] rows, int count, Func<Pass, Tensor> propose)
    {
        var hits = new int[rows.Length];
        Array.Fill(hits, -1);
        var counts = new int[rows.Length];
        Array.Fill(counts, count);
        foreach (var pass in Passes(rows, counts))
        {
            using var scope = NewDisposeScope();
            var candidates = propose(pass);
            var reached = AreReached(pass, candidates);
            var (taken, takers) = (new List<long>(), new List<long>());
            for (var i = 0; i < reached.Length; i++)
            {
                if (!reached[i] || hits[pass.Places[i]] >= 0)
                    continue;
                hits[pass.Places[i]] = pass.Samples[i];
                taken.Add(i);
                takers.Add(pass.Rows[i]);
            }
            if (taken.Count > 0)
                _points.index_copy_(0, Positions([.. takers]), candidates.index_select(0, Positions([.. taken])));
        }
        return hits;
    }

    /// <summary>Offers the nearest points inside ε, or else points of the ball towards them, and returns them.</summary>
    private Tensor OfferNearest()
    {
        using var scope = NewDisposeScope();
        var (threatModel, origins, found) = (_attack.ThreatModel, _search.Origins, _nearest.IsFound);
        var inside = threatModel.Distance(_nearest.Inputs, origins).le(Kept(threatModel.Epsilon)).logical_and_(found);
        var others = threatModel.RandomStart(origins, _search.Random.Derive(LastStream));
        var outside = threatModel.Project(where(RowBroadcast.Spread(found, origins), _nearest.Inputs, others), origins);
        var last = where(RowBroadcast.Spread(inside, origins), _nearest.Inputs, outside);
        var logits = _search.ForwardMean(last);
        // Scores must not decide which candidate is kept: none that is offered later has more of them.
        var largest = _search.SignedLoss(logits).mul_(Kept(0)).add_(Kept(RowBroadcast.Largest(origins.dtype)), One);
        _search.Offer(last, largest, logits);
        return last.MoveToOuterDisposeScope();
    }

    private bool[] AreReached(Pass pass, Tensor candidates)
    {
        using var scope = NewDisposeScope();
        using var part = _search.Select(pass.Positions, _search.Random);
        foreach (var row in pass.Rows)
            _used[row] += _search.Samples;
        return part.Goal.IsReached(part.ForwardMean(candidates)).cpu().data<bool>().ToArray();
    }

    private IEnumerable<Pass> Passes(long[] rows, int[] counts)
    {
        foreach (var (places, samples) in SamplePasses.Split(counts, _passSize))
        {
            var owners = Array.ConvertAll(places, place => rows[place]);
            using var positions = Positions(owners);
            yield return new Pass(owners, positions, places, samples);
        }
    }

    private Tensor Positions(long[] rows) => tensor(rows, device: CPU).to(_search.Origins.device);

    /// <summary>The samples that go through the network together.</summary>
    /// <param name="Rows">The row of each.</param>
    /// <param name="Positions">The same as a tensor.</param>
    /// <param name="Places">The row's place among those that are asked about.</param>
    /// <param name="Samples">Which of the row's samples each is.</param>
    private readonly record struct Pass(long[] Rows, Tensor Positions, int[] Places, int[] Samples);
}
