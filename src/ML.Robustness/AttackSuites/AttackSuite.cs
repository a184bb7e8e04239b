using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Persistence;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.AttackSuites;

/// <summary>
/// Several attacks one after the other, each on the rows that those before it left robust: the worst case over all of them.
/// </summary>
/// <remarks>
/// A row counts as robust when it is classified rightly as it is and no attack fools the network on it (Croce and Hein,
/// <see href="https://arxiv.org/abs/2003.01690"/>). Each row has the random numbers of its own place in the data set, so a suite
/// is never weaker than any of its attacks run alone. Suites are immutable.
/// </remarks>
public sealed partial class AttackSuite
{
    /// <summary>Creates a suite.</summary>
    /// <param name="attacks">One attack or more of the same threat model, the cheap ones best first.</param>
    /// <exception cref="ArgumentException">There are no attacks, or they are of several threat models.</exception>
    public AttackSuite(params Attack[] attacks)
    {
        ArgumentNullException.ThrowIfNull(attacks);
        if (attacks.Length == 0)
            throw new ArgumentException("A suite needs one attack or more.", nameof(attacks));
        foreach (var attack in attacks)
        {
            ArgumentNullException.ThrowIfNull(attack, nameof(attacks));
            if (attack.ThreatModel.ExactText != attacks[0].ThreatModel.ExactText)
                throw new ArgumentException(
                    $"The attacks of a suite share one threat model, since their verdicts are put together, but '{attacks[0]}' "
                    + $"is of {attacks[0].ThreatModel} and '{attack}' of {attack.ThreatModel}. Make a suite for "
                    + $"each.", nameof(attacks));
        }
        ThreatModel = attacks[0].ThreatModel;
        Attacks = Array.AsReadOnly((Attack[])attacks.Clone());
    }

    /// <summary>The perturbations that the adversary may use.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>The attacks in the order in which they run.</summary>
    public IReadOnlyList<Attack> Attacks { get; }

    /// <summary>Runs the attacks on a data set.</summary>
    /// <param name="model">
    /// The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.
    /// </param>
    /// <param name="data">
    /// The labelled rows, their values inside the threat model's range; read once for each attack and once more.
    /// </param>
    /// <param name="options">How to run them. The default is <see cref="AttackSuiteOptions"/>'s.</param>
    /// <param name="cancellation">Checked at every pass through the network; the state saved so far is kept.</param>
    /// <returns>A verdict for each row.</returns>
    /// <exception cref="ArgumentException">
    /// There are no rows, or a row lies outside the range or has a label beyond the classes.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The network fails, or the saved state is of other rows, another network, suite or seed.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is not a saved state, or is damaged.</exception>
    /// <exception cref="IOException">The state cannot be written, or another run is writing it.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public AttackSuiteResult Run(
        Module<Tensor, Tensor> model, LabeledDataset data, AttackSuiteOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        return new AttackSuiteRun(
            Attacks, ThreatModel.InputRanges, model, data, options ?? new AttackSuiteOptions(), cancellation)
            .Run();
    }

    /// <summary>Merges the saved states of parts of a data set into that of the whole, which a run then goes on from.</summary>
    /// <remarks>
    /// The state becomes that of one run over all rows, to the last byte but for the time that the attacks took. Parts need not
    /// be finished: what is open in any of them is attacked by the run that goes on. The states of the other radii of a curve,
    /// which lie beside those given, are merged beside the new one where every part has them.
    /// </remarks>
    /// <param name="statePaths">
    /// The files of <see cref="AttackSuiteOptions.StatePath"/> of consecutive ranges of rows, in any order.
    /// </param>
    /// <param name="path">The file of the whole's state; one of that name is replaced.</param>
    /// <exception cref="ArgumentException">
    /// There are no states, they are of different networks, suites, seeds or batch sizes, or rows are missing or twice there.
    /// </exception>
    /// <exception cref="InvalidDataException">A file is not a saved state, or is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read, or the state cannot be written.</exception>
    public static void MergeStates(IEnumerable<string> statePaths, string path)
    {
        ArgumentNullException.ThrowIfNull(statePaths);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] paths = [.. statePaths];
        foreach (var state in paths)
            ArgumentException.ThrowIfNullOrEmpty(state, nameof(statePaths));
        using var owned = OwnedPath.Take(path);
        var merged = Merge(paths);
        var curve = CurveState.Radii(paths).Select(radius => (
            Path: CurveState.PathOf(path, radius), State: Merge([.. paths.Select(part => CurveState.PathOf(part, radius))])));
        foreach (var radius in curve.ToArray())
        {
            using var radiusPath = OwnedPath.Take(radius.Path);
            radius.State.Write(radiusPath);
        }
        merged.Write(owned);
    }

    private static AttackSuiteState Merge(string[] paths) => AttackSuiteState.Merge(ResultPart.InOrder(
        paths.Select(AttackSuiteState.Read), state => new(state.Identity.FirstRow, state.Rows, state.Identity.Run)));

    /// <summary>Returns the attacks as text.</summary>
    /// <returns>The attacks in their order, commas between them.</returns>
    public override string ToString() => string.Join(", ", Attacks);
}
