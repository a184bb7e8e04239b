namespace RobustFeatures;

/// <summary>The published accuracies of a data set on CIFAR-10 (robust: L2 0.25), and the conclusion that it allows.</summary>
internal sealed record PublishedResults(string DataSet, string Clean, string Robust, string Conclusion, string Otherwise)
{
    private static readonly PublishedResults[] All =
    [
        new("D", "95.3", "4.5",
            "Standard training uses features that are useful but not robust, and is far less robust than it could be.",
            "Standard training leaves some robustness here."),
        new("D adversarial", "90.8", "82.5",
            "Adversarial training must not use them, and loses clean accuracy.",
            "Adversarial training did not help here: try more epochs or rows."),
        new("Robust", "85.4", "48.2",
            "Robust features alone: standard training on them gives robustness.",
            "NOT reproduced: standard training on robust features was not clearly more robust than on D and NonRobust."),
        new("NonRobust", "87.7", "0.8",
            "The same method with a standard classifier gives little robustness, so the method is not the reason.",
            "NOT reproduced: the standard classifier's features gave as much robustness."),
        new("RandomLabels", "63.3", "0",
            "Labels that are wrong to humans teach the true classes; but see LeakageControl.",
            "NOT reproduced: clean accuracy is near chance."),
        new("ShiftedLabels", "43.7", "0",
            "Every label is wrong to humans, yet the network is right: features that are not robust generalise.",
            "NOT reproduced: clean accuracy is near chance, the network used the strokes."),
        new("OtherLabels", "-", "-",
            "As RandomLabels, without the tenth of rows whose label is right.",
            "Without rows with the right label there is little to learn here: RandomLabels' accuracy comes from them."),
        new("LeakageControl", "75-80 (Jordan)", "-",
            "No natural feature in the perturbations: this much of RandomLabels' accuracy is leakage.",
            "Leakage explains little here."),
        new("NonTransferable", "2-3 (Nakkiran)", "-",
            "Perturbations that fool one network alone teach nothing: they are bugs, not features.",
            "NOT reproduced: they taught about as much as those of ShiftedLabels."),
        new("MislabeledOnly", "49.7 (Wallace)", "-",
            "Mislabeled rows alone teach a classifier: the errors of another one carry what it knows.",
            "NOT reproduced: clean accuracy is near chance."),
    ];

    public static PublishedResults Of(string set) => Array.Find(All, results => results.DataSet == set)!;
}
