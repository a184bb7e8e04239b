namespace ML.Robustness.TreeEnsembles;

/// <summary>A classifier whose scores are those of tree ensembles: one for two classes, or one for each class.</summary>
public sealed class TreeClassifier
{
    private readonly TreeEnsemble[] _ensembles;
    private readonly PlattScaling[] _calibrations;
    private readonly Dictionary<(int Label, int Other), MarginEnsemble> _margins = [];

    private TreeClassifier(TreeEnsemble[] ensembles, float threshold, TreeScoreForm form, PlattScaling[] calibrations)
    {
        _ensembles = ensembles;
        _calibrations = calibrations;
        Threshold = threshold;
        Form = form;
        Classes = Math.Max(2, ensembles.Length);
        FeatureCount = ensembles.Max(ensemble => ensemble.FeatureCount);
        for (var label = 0; label < Classes; label++)
        {
            foreach (var other in OthersOf(label))
                _margins[(label, other)] = IsBinary
                    ? MarginEnsemble.Binary(ensembles[0], threshold, label)
                    : MarginEnsemble.Pair(ensembles, form, calibrations, label, other);
        }
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of features that a row needs.</summary>
    public int FeatureCount { get; }

    /// <summary>The ensembles: one for two classes, or one for each class.</summary>
    public IReadOnlyList<TreeEnsemble> Ensembles => _ensembles;

    /// <summary>The score above which a model of one ensemble predicts class 1.</summary>
    public float Threshold { get; }

    /// <summary>The form in which the scores of several classes are compared.</summary>
    public TreeScoreForm Form { get; }

    private bool IsBinary => _ensembles.Length == 1;

    /// <summary>Creates a classifier of two classes: 1 where the score is above the threshold, else 0.</summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="threshold">The threshold.</param>
    /// <returns>The classifier.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not finite.</exception>
    public static TreeClassifier Binary(TreeEnsemble ensemble, float threshold = 0)
    {
        ArgumentNullException.ThrowIfNull(ensemble);
        return float.IsFinite(threshold)
            ? new TreeClassifier([ensemble], threshold, TreeScoreForm.Raw, [])
            : throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be finite.");
    }

    /// <summary>Creates a classifier of several classes: the first of the largest score.</summary>
    /// <param name="ensembles">The ensemble of each class, two or more.</param>
    /// <param name="form">The form in which the scores are compared.</param>
    /// <param name="calibrations">The calibration of each class for <see cref="TreeScoreForm.Probability"/>, else null.</param>
    /// <returns>The classifier.</returns>
    /// <exception cref="ArgumentException">There are fewer than two classes, or the calibrations do not fit.</exception>
    public static TreeClassifier Multiclass(
        IReadOnlyList<TreeEnsemble> ensembles, TreeScoreForm form = TreeScoreForm.Raw,
        IReadOnlyList<PlattScaling>? calibrations = null)
    {
        ArgumentNullException.ThrowIfNull(ensembles);
        if (ensembles.Count < 2)
            throw new ArgumentException(
                $"Several classes need an ensemble each, got {ensembles.Count}. Use Binary for one.", nameof(ensembles));
        if (form == TreeScoreForm.Probability
            ? calibrations?.Count != ensembles.Count || !calibrations.All(one => one.Slope < 0 && double.IsFinite(one.Offset))
            : calibrations is not null)
            throw new ArgumentException(
                $"Scores of the form {form} need {(form == TreeScoreForm.Probability ? "" : "no ")}calibrations, one for "
                    + $"each class "
                + "with a slope below zero and a finite offset.", nameof(calibrations));
        return new TreeClassifier([.. ensembles], 0, form, [.. calibrations ?? []]);
    }

    /// <summary>The scores of a row as ML.NET gives them: one for two classes, or one for each class.</summary>
    /// <param name="row">The features.</param>
    /// <returns>The scores.</returns>
    public float[] Scores(ReadOnlySpan<float> row)
    {
        var scores = new float[_ensembles.Length];
        for (var index = 0; index < scores.Length; index++)
            scores[index] = _ensembles[index].Score(row);
        if (Form == TreeScoreForm.Probability)
            ScoreForms.ToProbabilities(scores, _calibrations);
        else if (Form == TreeScoreForm.Softmax)
            ScoreForms.ToSoftmax(scores);
        return scores;
    }

    /// <summary>The class of a row.</summary>
    /// <param name="row">The features.</param>
    /// <returns>The number of the class, from zero.</returns>
    public int Predict(ReadOnlySpan<float> row)
    {
        if (IsBinary)
            return _ensembles[0].Score(row) > Threshold ? 1 : 0;
        var scores = Scores(row);
        return Array.IndexOf(scores, scores.Max());
    }

    internal IEnumerable<int> OthersOf(int label) => Enumerable.Range(0, Classes).Where(other => other != label);

    internal MarginEnsemble MarginOf(int label, int other) => _margins[(label, other)];
}
