namespace ML.Robustness.Transforms.RobustFeatureDataset;

/// <summary>The kind of feature data set.</summary>
/// <remarks>
/// Those of Ilyas et al., <see href="https://arxiv.org/abs/1905.02175"/>, and the controls of the discussion that followed,
/// <see href="https://distill.pub/2019/advex-bugs-discussion/"/>. y is a row's label, t the new one, K the number of classes.
/// </remarks>
public enum FeatureDatasetKind
{
    /// <summary>
    /// D_R: other rows moved to the features that an adversarially trained classifier has of the row; the label stays.
    /// </summary>
    Robust,

    /// <summary>D_NR: the same with a standard classifier.</summary>
    NonRobust,

    /// <summary>D_rand: moved towards t, uniform over all classes (so that some rows keep their label); labelled t.</summary>
    RandomLabels,

    /// <summary>D_det: moved towards t = (y + 1) mod K; labelled t.</summary>
    ShiftedLabels,

    /// <summary>D_other: moved towards t, uniform over the classes other than y; labelled t.</summary>
    OtherLabels,

    /// <summary>
    /// The labels of <see cref="RandomLabels"/> with a random pattern of class t instead of features: the control for label
    /// leakage.
    /// </summary>
    LeakageControl,

    /// <summary>Moved towards t = (y + 1) mod K while other classifiers keep the label ("bugs"); labelled t.</summary>
    NonTransferable,

    /// <summary>The misclassified rows, unchanged; labelled with the classifier's prediction.</summary>
    MislabeledOnly,
}
