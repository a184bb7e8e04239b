using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Trees.Reading;

/// <summary>Follows the columns of numbers through the steps of a chain, to where trees read them.</summary>
internal sealed class FeatureColumns
{
    private readonly Dictionary<string, FeatureSlot[]> _known = [];
    private readonly Dictionary<string, string> _blamed = [];
    private DataViewSchema _schema;

    private FeatureColumns(DataViewSchema schema)
    {
        _schema = schema;
        foreach (var column in schema.Where(column => !column.IsHidden))
        {
            if (SlotsOf(column.Type) is { } size)
                _known[column.Name] = [.. Enumerable.Range(0, size).Select(slot => new FeatureSlot(column.Name, slot, []))];
            else
                _blamed[column.Name] = $"it is a {column.Type} of the data, and trees are certified over Single values";
        }
    }

    /// <summary>The slots of a column at the end of some steps.</summary>
    /// <param name="schema">The raw columns.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="name">The column.</param>
    /// <exception cref="ArgumentException">A step between cannot be followed.</exception>
    internal static FeatureSlot[] Follow(DataViewSchema schema, IEnumerable<ITransformer> steps, string name)
    {
        var columns = new FeatureColumns(schema);
        foreach (var step in steps)
            columns.Take(step);
        if (columns._known.TryGetValue(name, out var slots))
            return slots;
        throw new ArgumentException(
            columns._blamed.TryGetValue(name, out var reason)
                ? $"The trees read column '{name}', which cannot be followed to the raw columns: {reason}. Followed are "
                    + "Concatenate, CopyColumns, SelectColumns, ReplaceMissingValues and normalisers of the form "
                    + "(x - offset) * scale. Otherwise give the trees' own step as the model, and data transformed by the steps "
                    + "before it."
                : $"Could not find the trees' feature column '{name}'. The columns are "
                    + $"{string.Join(", ", columns._schema.Where(one => !one.IsHidden).Select(one => $"'{one.Name}'"))}.",
            nameof(schema));
    }

    private static int? SlotsOf(DataViewType type) => type switch
    {
        VectorDataViewType { IsKnownSize: true } vector when vector.ItemType == NumberDataViewType.Single => vector.Size,
        NumberDataViewType when type == NumberDataViewType.Single => 1,
        _ => null,
    };

    private void Take(ITransformer step)
    {
        if (!step.IsRowToRowMapper && step is not ColumnSelectingTransformer)
            throw new ArgumentException(
                $"The step {step.GetType().Name} does not give a row for each row. Take it out of the chain, and give data that "
                + "have gone through it.", nameof(step));
        var after = step.GetOutputSchema(_schema);
        switch (step)
        {
            case ColumnConcatenatingTransformer concatenate:
                Make(concatenate, StepColumns.Of(concatenate), Concatenated);
                break;
            case MissingValueReplacingTransformer or ColumnCopyingTransformer:
                var copied = StepColumns.Of((OneToOneTransformerBase)step);
                Make(step, copied.Select(pair => (pair.Output, new[] { pair.Input })), (inputs, _) => (inputs[0], null));
                break;
            case NormalizingTransformer normalize:
                var pairs = StepColumns.Of(normalize);
                Make(normalize, pairs.Select(pair => (pair.Output, new[] { pair.Input })),
                    (inputs, place) => Normalized(inputs[0], normalize.GetNormalizerModelParameters(place)));
                break;
            case ColumnSelectingTransformer:
                break;
            default:
                BlameChanged(step, after);
                break;
        }
        _schema = after;
    }

    private void Make(
        ITransformer step, IEnumerable<(string Output, string[] Inputs)> columns,
        Func<FeatureSlot[][], int, (FeatureSlot[]? Slots, string? Reason)> make)
    {
        // All columns are read before one of them is replaced.
        var made = columns.Select((column, place) =>
        {
            var lost = column.Inputs.FirstOrDefault(input => !_known.ContainsKey(input));
            var (slots, reason) = lost is null
                ? make([.. column.Inputs.Select(input => _known[input])], place)
                : (null, _blamed.GetValueOrDefault(lost, $"column '{lost}' is not there"));
            return (column.Output, slots, reason);
        }).ToArray();
        foreach (var (output, slots, reason) in made)
        {
            _known.Remove(output);
            _blamed.Remove(output);
            if (slots is not null)
                _known[output] = slots;
            else
                _blamed[output] = reason?.Contains(' ', StringComparison.Ordinal) == true ? reason : $"{step.GetType().Name}";
        }
    }

    private static (FeatureSlot[]? Slots, string? Reason) Concatenated(FeatureSlot[][] inputs, int place) =>
        ([.. inputs.SelectMany(slots => slots)], null);

    private static (FeatureSlot[]? Slots, string? Reason) Normalized(FeatureSlot[] input, object parameters)
    {
        AffineStage[] stages;
        switch (parameters)
        {
            case NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>> vector:
                stages = [.. vector.Scale.Select((scale, slot) => new AffineStage(
                    scale, vector.Offset.IsDefaultOrEmpty ? null : vector.Offset[slot]))];
                break;
            case NormalizingTransformer.AffineNormalizerModelParameters<float> scalar:
                stages = [new AffineStage(scalar.Scale, scalar.Offset == 0 ? null : scalar.Offset)];
                break;
            default:
                return (null, $"the normaliser NormalizingTransformer with {parameters.GetType().Name.Split('`')[0]} is not of "
                    + "the form (x - offset) * scale");
        }
        var bad = Array.FindIndex(stages, stage =>
            !(stage.Scale >= 0) || !float.IsFinite(stage.Scale) || !float.IsFinite(stage.Offset ?? 0));
        return bad < 0 && stages.Length == input.Length
            ? ([.. input.Select((slot, place) => slot.Then(stages[place]))], null)
            : (null, $"the normaliser NormalizingTransformer has the scale {(bad < 0 ? float.NaN : stages[bad].Scale)} in slot "
                + $"{bad}, and it must be finite and 0 or more");
    }

    // A column that a step replaces stays in the schema, hidden under the new one.
    private void BlameChanged(ITransformer step, DataViewSchema after)
    {
        foreach (var columns in after.GroupBy(column => column.Name))
        {
            if (columns.Count() == _schema.Count(column => column.Name == columns.Key))
                continue;
            _known.Remove(columns.Key);
            _blamed[columns.Key] = $"the step {step.GetType().Name} makes column '{columns.Key}'";
        }
    }
}
