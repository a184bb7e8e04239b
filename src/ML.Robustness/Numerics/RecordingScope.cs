using static TorchSharp.torch;

namespace ML.Robustness.Numerics;

/// <summary>
/// Lets gradients be recorded, whatever the caller's thread has set: neither <c>no_grad</c> nor <c>inference_mode</c> holds
/// inside, and what was set comes back at the end.
/// </summary>
/// <remarks>Tensors that the caller made under <c>inference_mode</c> must be copied inside before they take part.</remarks>
internal sealed class RecordingScope : IDisposable
{
    private readonly IDisposable? _inference = is_inference_mode_enabled() ? inference_mode(false) : null;
    private readonly IDisposable _gradients = enable_grad();

    public void Dispose()
    {
        _gradients.Dispose();
        _inference?.Dispose();
    }
}
