using ML.Robustness.Attacks;
using ML.Robustness.Evaluation;
using ML.Robustness.Transforms.Evaluation;

namespace Microsoft.ML;

/// <summary>Adds to <c>MLContext.MulticlassClassification</c>.</summary>
public static class EvaluationCatalog
{
    /// <summary>Measures how many rows a classifier gets right as they are, and under attack.</summary>
    /// <remarks>
    /// The attack sees the features as they reach the classifier: after the steps before it in the chain. A row's result does not
    /// depend on the others.
    /// </remarks>
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="model">
    /// A classifier trained by <c>AdversarialTraining</c>, alone or in a chain, fitted or loaded, or a pipeline whose steps have
    /// gradients; any other with the column <c>Score</c> for attacks that need none.
    /// </param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="attack">The attack, its threat model in the range of the features.</param>
    /// <param name="labelColumnName">
    /// The column of labels as it reaches the classifier: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.
    /// </param>
    /// <param name="progress">The receiver of the share of rows done, 0 to 1, called on the calling thread.</param>
    /// <param name="cancellation">Ends the evaluation early, between two passes through the network.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="ArgumentException">The model is no classifier, or a row lies outside the attack's range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type than the classifier was trained on.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, a row has no label or features that are not finite, or the attack needs gradients that the model has
    /// not.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static RobustnessMetrics EvaluateRobustness(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, Attack attack,
        string labelColumnName = "Label",
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        RobustnessEvaluation.Run(catalog, model, data, attack, labelColumnName, progress, cancellation);

    /// <summary>
    /// Measures how a classifier withstands a suite of attacks: the worst case over them, and warnings about it.
    /// </summary>
    /// <remarks>
    /// Any model with a column <c>Score</c> can be evaluated: with gradients where it is a classifier trained by
    /// <c>AdversarialTraining</c> or a pipeline of which every step has them, such as linear models behind normalisers, otherwise
    /// by its scores alone.
    /// </remarks>
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="model">The classifier, alone or in a chain, fitted or loaded.</param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="options">The settings.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="ArgumentException">
    /// The model is no classifier, a row lies outside the threat model's range, or the suite is of another threat model.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type than is needed, or a setting lies outside its bounds.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, a row has no label or features that are not finite, an attack needs gradients that the model has not,
    /// or the saved state is of another evaluation.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is not a saved state, or is damaged.</exception>
    /// <exception cref="IOException">The state cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static RobustnessMetrics EvaluateRobustness(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, RobustnessOptions options) =>
        RobustnessEvaluation.Run(catalog, model, data, options);

    /// <summary>Attacks each classifier and tries all of them on what was found.</summary>
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="models">
    /// Classifiers by name. Those with gradients to the column are attacked and tried; others, such as trees, are only
    /// tried.
    /// </param>
    /// <param name="data">Rows as all the models take them, with labels.</param>
    /// <param name="attack">The attack, its threat model in the range of the features.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <param name="featureColumnName">The column of these rows that is attacked.</param>
    /// <param name="cancellation">Ends the evaluation early.</param>
    /// <returns>The accuracy of every model on what was crafted on each.</returns>
    /// <exception cref="ArgumentException">
    /// A model is no classifier, none has gradients, they differ in their classes, or a row lies outside the attack's range.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type than is needed.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, or a row has no label or features that are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static TransferMatrix EvaluateTransfer(
        this MulticlassClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        Attack attack,
        string labelColumnName = "Label", string featureColumnName = "Features", CancellationToken cancellation = default) =>
        RobustnessEvaluation.Transfer(catalog, models, data, new TransferOptions
        {
            Attack = attack ?? throw new ArgumentNullException(nameof(attack)),
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            CancellationToken = cancellation,
        });

    /// <summary>Attacks each classifier and tries all of them on what was found, with all options.</summary>
    /// <param name="catalog">The catalog of <c>MLContext</c>.</param>
    /// <param name="models">
    /// Classifiers by name. Those with gradients to the column are attacked and tried; others, such as trees, are only
    /// tried.
    /// </param>
    /// <param name="data">Rows as all the models take them, with labels.</param>
    /// <param name="options">The settings.</param>
    /// <returns>The accuracy of every model on what was crafted on each.</returns>
    /// <exception cref="ArgumentException">
    /// There is no attack, a model is no classifier, none has gradients, they differ in their classes, or a row lies outside the
    /// attack's range.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type than is needed.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, or a row has no label or features that are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static TransferMatrix EvaluateTransfer(
        this MulticlassClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        TransferOptions options) =>
        RobustnessEvaluation.Transfer(catalog, models, data, options);
}
