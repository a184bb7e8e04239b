using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Corruptions;

/// <summary>The settings of <c>EvaluateCorruptions</c>.</summary>
public sealed class CorruptionOptions
{
    /// <summary>The corruptions.</summary>
    /// <value>One or more. The default is <see cref="Corruption.All"/>.</value>
    public IReadOnlyList<Corruption> Corruptions { get; set; } = Corruption.All;

    /// <summary>The severities, over which the table's accuracies are means.</summary>
    /// <value>Some of 1 to 5, each once. The default is all five.</value>
    public IReadOnlyList<int> Severities { get; set; } = [1, 2, 3, 4, 5];

    /// <summary>The column of labels: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.</summary>
    /// <value>A column of the data, or one that the models make. The default is "Label".</value>
    public string LabelColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.LabelColumnName;

    /// <summary>The column of images that is corrupted.</summary>
    /// <value>
    /// A column of the data given: models get the corrupted images through all their steps. The default is "Features".
    /// </value>
    public string FeatureColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.FeatureColumnName;

    /// <summary>Black and white.</summary>
    /// <value>Both ends finite. The default is [0, 1].</value>
    public ValueRange Range { get; set; } = ValueRange.Unit;

    /// <summary>The seed of the rows' random numbers.</summary>
    /// <value>Any number. The default, null, is the seed of the <c>MLContext</c>, or 0 where it has none.</value>
    public ulong? Seed { get; set; }

    /// <summary>The number of the first row of the data within the whole that they are a part of.</summary>
    /// <value>
    /// 0 or more: row i of the data is corrupted as row FirstRow + i of the whole, so that the results of parts
    /// can be merged. Where it is above 0 the part may be empty. The default is 0.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long FirstRow { get; set => field = ArgumentChecks.FirstRow(value); }

    /// <summary>What ends the evaluation early.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }
}
