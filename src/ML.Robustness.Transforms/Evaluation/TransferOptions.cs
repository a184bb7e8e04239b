using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Evaluation;

/// <summary>The settings of <c>EvaluateTransfer</c>.</summary>
public sealed class TransferOptions
{
    /// <summary>The attack, its threat model in the range of the features.</summary>
    /// <value>There is no default: it must be set.</value>
    public Attack? Attack { get; set; }

    /// <summary>The column of labels: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.</summary>
    /// <value>A column of the data, or one that the models make. The default is "Label".</value>
    public string LabelColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.LabelColumnName;

    /// <summary>The column of the data that is attacked.</summary>
    /// <value>The default is "Features".</value>
    public string FeatureColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.FeatureColumnName;

    /// <summary>The seed of the rows' random numbers.</summary>
    /// <value>Any number. The default, null, is the seed of the <c>MLContext</c>, or 0 where it has none.</value>
    public ulong? Seed { get; set; }

    /// <summary>The number of the first row of the data within the whole that they are a part of.</summary>
    /// <value>
    /// 0 or more: row i of the data is attacked as row FirstRow + i of the whole, so that the results of parts can be merged.
    /// Where it is above 0 the part may be empty. The default is 0.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long FirstRow { get; set => field = ArgumentChecks.FirstRow(value); }

    /// <summary>The token that cancels the evaluation.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }
}
