using System.ComponentModel;
using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Gpu;

/// <summary>The GPU as libtorch and as its driver see it.</summary>
internal static class Gpu
{
    /// <summary>Why nothing can be checked; null where libtorch finds a GPU.</summary>
    public static string? WhyNot()
    {
        try
        {
            return cuda.is_available() && cuda.device_count() > 0
                ? null
                : "libtorch finds no CUDA device here, so there is nothing to compare the processor with.";
        }
        catch (Exception e) when (e is NotSupportedException or DllNotFoundException or TypeInitializationException)
        {
            return $"libtorch does not load here: {e.GetBaseException().Message.Split('\n')[0]}";
        }
    }

    /// <summary>The device's name.</summary>
    public static string Name(Device device) =>
        device.type == DeviceType.CUDA ? Ask("name,driver_version") ?? "a CUDA device" : "the processor";

    /// <summary>MiB of the GPU in use; null where the driver's tool is missing or the device is no GPU.</summary>
    public static long? MemoryInUse(Device device) =>
        device.type == DeviceType.CUDA && long.TryParse(Ask("memory.used"), out var used) ? used : null;

    /// <summary>Waits until the device has done what it was given.</summary>
    public static void Wait(Device device)
    {
        if (device.type == DeviceType.CUDA)
            cuda.synchronize(device);
    }

    /// <summary>Lets products and convolutions round their operands to TF32 or not; returns what undoes it.</summary>
    public static void UseTf32(Device device, bool isOn)
    {
        if (device.type == DeviceType.CUDA)
            (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (isOn, isOn);
    }

    private static string? Ask(string fields)
    {
        try
        {
            var start = new ProcessStartInfo("nvidia-smi", [$"--query-gpu={fields}", "--format=csv,noheader,nounits", "--id=0"])
            {
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var answer = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? answer : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
