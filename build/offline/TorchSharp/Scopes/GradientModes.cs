namespace TorchSharp;

/// <summary>Sets gradient recording for this thread and puts it back when disposed.</summary>
internal sealed class GradientMode : IDisposable
{
    private readonly int before = Native.ts_grad_enabled();

    internal GradientMode(bool enabled) => Native.ts_enable_grad(Native.Bit(enabled));

    public void Dispose() => Native.ts_enable_grad(before);
}

/// <summary>Holds libtorch's inference guard; it must end on the thread that began it.</summary>
internal sealed class InferenceMode : IDisposable
{
    private nint guard;

    internal InferenceMode(bool enabled)
    {
        guard = Native.ts_inference_begin(Native.Bit(enabled));
        if (guard == 0)
            throw Native.Failure();
    }

    public void Dispose()
    {
        if (guard != 0)
            Native.ts_inference_end(guard);
        guard = 0;
    }
}

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.OfThread.Open();

    public static IDisposable no_grad() => new GradientMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradientMode(enabled);

    public static bool is_grad_enabled() => Native.ts_grad_enabled() != 0;

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => Native.ts_inference_enabled() != 0;
}
