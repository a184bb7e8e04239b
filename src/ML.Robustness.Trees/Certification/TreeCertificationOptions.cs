using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.TreeEnsembles;

namespace ML.Robustness.Trees.Certification;

/// <summary>The settings of <c>CertifyTrees</c>.</summary>
public sealed class TreeCertificationOptions
{
    /// <summary>The column of labels: a key, Boolean, or class numbers 0, 1, 2 … as <see cref="float"/>.</summary>
    /// <value>A column of the data, or one that the model makes. The default is "Label".</value>
    public string LabelColumnName { get; set; } = Defaults.LabelColumnName;

    /// <summary>The radii at which accuracies are told.</summary>
    /// <value>Finite numbers of zero or more, in any order. The default is none.</value>
    public IReadOnlyList<double> Epsilons { get; set; } = [];

    /// <summary>The norm of a change, each feature's in its unit.</summary>
    /// <value>The default is L∞.</value>
    public TreeNorm Norm { get; set; }

    /// <summary>The units of features, by the name of a feature or of its column: a change of a unit has the size 1.</summary>
    /// <value>
    /// Finite numbers of zero or more; 0 fixes a feature. A feature that is not named has the unit 1. The default is none.
    /// </value>
    public IReadOnlyDictionary<string, double> Units { get; set; } = new Dictionary<string, double>();

    /// <summary>The ranges of features, by the name of a feature or of its column, which changes do not leave.</summary>
    /// <value>A feature that is not named has no bounds. The default is none.</value>
    public IReadOnlyDictionary<string, ValueRange> Ranges { get; set; } = new Dictionary<string, ValueRange>();

    /// <summary>The number of trees taken together at each level of the certified bound.</summary>
    /// <value>1 to 64. The default is 2.</value>
    public int MaxClique { get; set; } = 2;

    /// <summary>The number of levels of the certified bound.</summary>
    /// <value>1 to 6. The default is 2.</value>
    public int Levels { get; set; } = 2;

    /// <summary>Whether the exact radius is searched for.</summary>
    /// <value>The default is false.</value>
    public bool ComputeExact { get; set; }

    /// <summary>The nodes of the exact search for a row, after which its radius counts as not known.</summary>
    /// <value>1 or more. The default is 200 000.</value>
    public int MaxSearchNodes { get; set; } = 200_000;

    /// <summary>The number of points from which the attack starts.</summary>
    /// <value>1 or more. The default is 20.</value>
    public int AttackStarts { get; set; } = 20;

    /// <summary>The number of times that the attack starts again around the nearest adversarial row.</summary>
    /// <value>0 or more. The default is 20.</value>
    public int AttackRestarts { get; set; } = 20;

    /// <summary>The seed of the rows' random numbers.</summary>
    /// <value>Any number. The default, null, is the seed of the <c>MLContext</c>, or 0 where it has none.</value>
    public ulong? Seed { get; set; }

    /// <summary>The number of the first row of the data within the whole that they are a part of.</summary>
    /// <value>0 or more. Where it is above 0 the part may be empty. The default is 0.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long FirstRow { get; set => field = ArgumentChecks.FirstRow(value); }

    /// <summary>The number of threads; results do not depend on it.</summary>
    /// <value>1 or more. The default, null, is one for each processor.</value>
    public int? Threads { get; set; }

    /// <summary>The receiver of the share of rows done, 0 to 1, called on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<double>? Progress { get; set; }

    /// <summary>The token that cancels the measure.</summary>
    /// <value>The default is none.</value>
    public CancellationToken CancellationToken { get; set; }
}
