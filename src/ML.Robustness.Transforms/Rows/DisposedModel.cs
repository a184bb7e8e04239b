namespace ML.Robustness.Transforms.Rows;

/// <summary>The error of a step that was disposed.</summary>
internal static class DisposedModel
{
    /// <summary>Throws where the step was disposed, and tells of the engine that may have done it.</summary>
    /// <remarks>
    /// A prediction engine disposes its model without a word to it, so the step cannot tell this from a call of
    /// <c>Dispose</c> by the user.
    /// </remarks>
    internal static void ThrowIf(bool isDisposed, object step) => ThrowIf(isDisposed, step.GetType());

    /// <inheritdoc cref="ThrowIf(bool, object)"/>
    internal static void ThrowIf(bool isDisposed, Type step)
    {
        if (isDisposed)
            throw new ObjectDisposedException(step.FullName,
                "The model was disposed. A PredictionEngine that is disposed disposes its model too: where the model is used " +
                "again, create the engine with new PredictionEngineOptions { OwnsTransformer = false }, and dispose the model " +
                "yourself at the end.");
    }
}
