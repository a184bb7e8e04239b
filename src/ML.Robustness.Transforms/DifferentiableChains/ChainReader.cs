using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.RawFeatures;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>Follows columns through the steps of a fitted chain, and makes one network of what they compute.</summary>
internal sealed class ChainReader
{
    private readonly RawColumns _raw;
    private readonly ITransformer[] _steps;
    private readonly Dictionary<string, ChainColumn> _columns = [];
    private readonly List<ChainOperation> _operations = [];
    private DataViewSchema _schema;

    private ChainReader(RawColumns raw, ITransformer[] steps)
    {
        (_raw, _steps, _schema) = (raw, steps, raw.Schema);
        foreach (var column in raw.Columns)
            _columns[column.Name] = column.Fixed is not null ? new KeptColumn(column, 0, column.Name)
                : column.IsBytes ? new LostColumn($"column '{column.Name}' is of bytes")
                : new ComputedColumn(Add([], column.Offset, column.Length, null, true));
    }

    /// <summary>Reads a chain; null where its scores have no gradients to the raw columns.</summary>
    /// <param name="model">The chain.</param>
    /// <param name="raw">The raw columns that its scores depend on, whose values have been read.</param>
    /// <param name="scores">The scores that leave it.</param>
    /// <param name="reason">Why there are no gradients; null where there are.</param>
    internal static ChainNetwork? Read(ITransformer model, RawColumns raw, ModelScores scores, out string? reason)
    {
        ITransformer[] steps = [.. ClassifierChain.StepsOf(model)];
        var reader = new ChainReader(raw, steps);
        try
        {
            for (var place = 0; place < steps.Length; place++)
            {
                if (reader.ScoresOf(model, place, scores, out reason) is { } scoring)
                    return reader.Finish(scoring);
                if (reason is not null)
                    return reader.Fail();
                reader.Take(place);
            }
            reason = "no step makes its scores";
            return reader.Fail();
        }
        catch (NotSupportedException error)
        {
            reason = error.Message;
            return reader.Fail();
        }
        catch
        {
            reader.Fail();
            throw;
        }
    }

    /// <summary>The step at a place, where it is the one that makes the scores; else null, without a reason.</summary>
    private ScoringStep? ScoresOf(ITransformer model, int place, ModelScores scores, out string? reason)
    {
        reason = null;
        var step = _steps[place];
        if (ClassifierChain.LastScorerOf(model) is { } last)
            return ReferenceEquals(step, last) ? ScoreFunctions.Of(step, _schema, scores, out reason) : null;
        if (OnnxStep.ClassifierOf(step, _steps.AsSpan(place + 1), out var unread) is { } classifier)
            return ScoreFunctions.Of(classifier, _schema, scores, out reason);
        if (unread is not null)
            reason = $"its ONNX graph cannot be read with gradients: {unread.TrimEnd('.')}";
        return null;
    }

    private ChainNetwork Finish(ScoringStep scoring)
    {
        var operations = Needed(Joined(scoring.Inputs));
        return new ChainNetwork(operations, _raw.Length, _raw.AttackedLength, [.. scoring.Make()]);
    }

    /// <summary>The operations behind one of them, which comes last; functions that nothing needs are freed.</summary>
    private ChainOperation[] Needed(int last)
    {
        var isNeeded = new bool[_operations.Count];
        isNeeded[last] = true;
        for (var place = last; place >= 0; place--)
        {
            if (!isNeeded[place])
                continue;
            foreach (var input in _operations[place].Inputs)
                isNeeded[input] = true;
        }
        var (places, needed) = (new int[_operations.Count], new List<ChainOperation>());
        for (var place = 0; place < _operations.Count; place++)
        {
            if (!isNeeded[place])
            {
                _operations[place].Function?.Dispose();
                continue;
            }
            places[place] = needed.Count;
            needed.Add(_operations[place] with { Inputs = [.. _operations[place].Inputs.Select(input => places[input])] });
        }
        return [.. needed];
    }

    private ChainNetwork? Fail()
    {
        _operations.ForEach(operation => operation.Function?.Dispose());
        return null;
    }

    private void Take(int place)
    {
        var (step, before) = (_steps[place], _schema);
        _schema = step.GetOutputSchema(before);
        if (StepFunctions.Of(step, before, _schema) is { } functions)
        {
            // All columns are read before one of them is replaced.
            var made = functions.Where(function => function.Inputs.All(_columns.ContainsKey))
                .Select(function => (function.Output, Column: Made(function, place))).ToArray();
            foreach (var (output, column) in made)
                _columns[output] = column;
        }
        else
        {
            foreach (var output in ChangedColumns(before))
                _columns[output] = MadeBy(step, before, output, place);
        }
    }

    /// <summary>The columns that the last step made or replaced.</summary>
    private IEnumerable<string> ChangedColumns(DataViewSchema before) => _schema.GroupBy(column => column.Name)
        .Where(same => same.Count() != before.Count(column => column.Name == same.Key)).Select(same => same.Key);

    private ChainColumn Made(StepFunction function, int place)
    {
        ChainColumn[] inputs = [.. function.Inputs.Select(input => _columns[input])];
        if (inputs.OfType<LostColumn>().FirstOrDefault() is { } lost)
            return lost;
        if (SourceOf(inputs) is { } source)
            return new KeptColumn(source, place + 1, function.Output);
        return new ComputedColumn(Joined(function.Inputs, function.Make));
    }

    /// <summary>What a step without gradients makes: numbers for each value, where it reads columns that are not
    /// attacked.</summary>
    private ChainColumn MadeBy(ITransformer step, DataViewSchema before, string output, int place)
    {
        ChainColumn?[] inputs =
            [.. (StepDependencies.Of([step], before, output) ?? []).Select(name => _columns.GetValueOrDefault(name))];
        if (inputs.OfType<LostColumn>().FirstOrDefault() is { } lost)
            return lost;
        if (SourceOf(inputs) is { } source)
            return new KeptColumn(source, place + 1, output);
        return OnnxStep.NetworkOf(step, output) is { } network && _columns.ContainsKey(network.FeatureColumnName)
            ? new ComputedColumn(Joined([network.FeatureColumnName], () => new NetworkFunction(network)))
            : new LostColumn(
                $"the step {step.GetType().Name} makes column '{output}', and it has no gradients here; "
                + $"{StepFunctions.Names} have");
    }

    /// <summary>The raw column that all of these are made of, where it is not attacked; else null.</summary>
    private static RawColumn? SourceOf(ChainColumn?[] columns) =>
        columns.Length > 0 && columns.All(column => column is KeptColumn)
        && columns.Select(column => ((KeptColumn)column!).Source).Distinct().ToArray() is [var source] ? source : null;

    /// <summary>The operation of columns one after the other.</summary>
    private int Joined(IReadOnlyList<string> names, Func<ColumnFunction>? make = null)
    {
        int[] inputs = [.. names.Select(name => OperationOf(
            _columns.GetValueOrDefault(name) ?? new LostColumn($"column '{name}' is not among the raw ones")))];
        var isAttacked = inputs.Any(input => _operations[input].DependsOnAttacked);
        var read = inputs.Select(input => _operations[input]).ToArray();
        // Neighbours in the row of features are read at once.
        var isRun = read.All(operation => operation.Inputs.Count == 0 && operation.Function is null)
            && read.Zip(read.Skip(1)).All(pair => pair.First.Offset + pair.First.Length == pair.Second.Offset);
        if (isRun)
            return Add([], read[0].Offset, read.Sum(operation => operation.Length), make, isAttacked);
        return inputs.Length == 1 && make is null ? inputs[0] : Add(inputs, 0, 0, make, isAttacked);
    }

    private int OperationOf(ChainColumn column)
    {
        switch (column)
        {
            case ComputedColumn computed:
                return computed.Operation;
            case KeptColumn kept:
                return kept.Operation ??= Add([], kept.Source.Offset, 1, () => TableOf(kept), false);
            case LostColumn lost:
                throw new NotSupportedException(lost.Reason);
            default:
                throw new NotSupportedException($"{column}");
        }
    }

    /// <summary>What the steps before make of each value of a column that is not attacked.</summary>
    private TableFunction TableOf(KeptColumn column)
    {
        var count = column.Source.Fixed!.Count;
        var rows = new float[count * _raw.Length];
        for (var value = 0; value < count; value++)
            rows[(value * _raw.Length) + column.Source.Offset] = value;
        var made = _steps[..column.Depth].Aggregate(
            (IDataView)new RawRowsView(_raw, rows), (view, step) => step.Transform(view));
        var numbers = ColumnNumbers.Read(made, column.Name);
        return new TableFunction(numbers, numbers.Length / count);
    }

    private int Add(IReadOnlyList<int> inputs, int offset, int length, Func<ColumnFunction>? make, bool isAttacked)
    {
        _operations.Add(new ChainOperation(inputs, offset, length, make?.Invoke(), isAttacked));
        return _operations.Count - 1;
    }

    /// <summary>What is known of a column after some steps.</summary>
    private abstract record ChainColumn;

    /// <summary>Values that an operation gives.</summary>
    private sealed record ComputedColumn(int Operation) : ChainColumn;

    /// <summary>Values made of one raw column that is not attacked, by the first steps.</summary>
    private sealed record KeptColumn(RawColumn Source, int Depth, string Name) : ChainColumn
    {
        /// <summary>The operation that looks them up; null before something reads them.</summary>
        internal int? Operation { get; set; }
    }

    /// <summary>Values without gradients.</summary>
    private sealed record LostColumn(string Reason) : ChainColumn;
}
