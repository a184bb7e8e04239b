using Microsoft.ML.Runtime;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Internals;
using TorchSharp;

namespace ML.Robustness.Transforms.Rows;

/// <summary>Where a step computes: on the GPU that <c>MLContext.GpuDeviceId</c> names, else on the processor.</summary>
internal static class ComputeDevice
{
    internal static torch.Device Choose(IHostEnvironment environment, IChannel channel)
    {
        LibTorch.Require();
        var (asked, fallbackToCpu) = Environments.DeviceOf(environment);
        if (asked is not { } gpu)
            return torch.CPU;
        var found = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (gpu >= 0 && gpu < found)
            return new torch.Device(DeviceType.CUDA, gpu);
        var missing = $"MLContext.GpuDeviceId asks for GPU {gpu}, but libtorch finds {(found == 0 ? "none" : $"only {found}")}";
        if (!fallbackToCpu)
        {
            throw new InvalidOperationException(
                $"{missing}, and MLContext.FallbackToCpu is false. Reference TorchSharp-cuda-linux or TorchSharp-cuda-windows " +
                    "on a machine with that GPU, or allow the processor.");
        }

        channel.Warning(MessageSensitivity.None, $"{missing}: computing on the processor.");
        return torch.CPU;
    }
}
