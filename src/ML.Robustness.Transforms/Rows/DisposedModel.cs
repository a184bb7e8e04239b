namespace ML.Robustness.Transforms.Rows;

/// <summary>The error of a step that was disposed.</summary>
internal static class DisposedModel
{
    /// <summary>The error, which tells of the engine that may have disposed the step.</summary>
    /// <remarks>
    /// A prediction engine disposes its model without a word to it, so the step cannot tell this from a call of
    /// <c>Dispose</c> by the user.
    /// </remarks>
    internal static ObjectDisposedException Error(Type step) => new(step.FullName,
        "The model was disposed. A PredictionEngine that is disposed disposes its model too: where the model is used " +
        "again, create the engine with new PredictionEngineOptions { OwnsTransformer = false }, and dispose the model " +
        "yourself at the end.");
}
