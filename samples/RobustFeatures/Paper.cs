namespace RobustFeatures;

/// <summary>What was published of a set on CIFAR-10 (robust: L2 0.25), and what it would show.</summary>
internal sealed record Paper(string Set, string Clean, string Robust, string Shows, string Otherwise)
{
    private static readonly Paper[] Sets =
    [
        new("D", "95.3", "4.5", "Standard training takes useful features that are not robust, and is far less robust than it could be.", "Standard training leaves some robustness here."),
        new("D adversarial", "90.8", "82.5", "Adversarial training has to unlearn them, and pays in clean accuracy.", "Adversarial training did not pay here: more epochs or rows."),
        new("Robust", "85.4", "48.2", "Robust features alone: standard training on them gives robustness.", "NOT reproduced: standard training on robust features gave not clearly more robustness than on D and NonRobust."),
        new("NonRobust", "87.7", "0.8", "The same construction from a standard classifier gives little, so the construction is not the reason.", "NOT reproduced: the standard classifier's features gave as much robustness."),
        new("RandomLabels", "63.3", "0", "Labels that humans find wrong teach the true classes; but see LeakageControl.", "NOT reproduced: clean accuracy is near chance."),
        new("ShiftedLabels", "43.7", "0", "Every label is wrong to humans, yet the network is right: features that are not robust generalise.", "NOT reproduced: clean accuracy is near chance, the network believed the strokes."),
        new("OtherLabels", "-", "-", "As RandomLabels, without the tenth of rows whose label is right.", "Without rows that are labelled right there is little to learn here: RandomLabels owes its accuracy to them."),
        new("LeakageControl", "75-80 (Jordan)", "-", "No natural feature in the perturbations: this much of RandomLabels' accuracy is leakage.", "Leakage explains little here."),
        new("NonTransferable", "2-3 (Nakkiran)", "-", "Perturbations that fool one network alone teach nothing: they are bugs, not features.", "NOT reproduced: they taught about as much as those of ShiftedLabels."),
        new("MislabeledOnly", "49.7 (Wallace)", "-", "Wrong rows alone teach a classifier: the errors of another one carry what it knows.", "NOT reproduced: clean accuracy is near chance."),
    ];

    public static Paper Of(string set) => Array.Find(Sets, paper => paper.Set == set)!;
}
