using System.Runtime.InteropServices;

namespace ML.Robustness.Gpu;

/// <summary>How often the processor waited for the GPU: counted by count_syncs.c where it is preloaded.</summary>
internal static class Waits
{
    private static readonly IntPtr Counter = NativeLibrary.TryGetExport(
        NativeLibrary.GetMainProgramHandle(), "robustness_waits", out var counter) ? counter : IntPtr.Zero;

    /// <summary>The waits of one run of some work; null where nothing counts them.</summary>
    public static long? Of(Action work)
    {
        if (Counter == IntPtr.Zero)
        {
            return null;
        }

        var count = Marshal.GetDelegateForFunctionPointer<Read>(Counter);
        var before = count();
        work();
        return count() - before;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate long Read();
}
