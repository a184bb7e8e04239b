namespace TorchSharp;

using Modules;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>Moves every parameter and buffer: a moved one is a new tensor, and the field that held the old one gets it.</summary>
            internal virtual void Move(Device device, ScalarType? dtype)
            {
                foreach (var (_, child) in named_children())
                    child.Move(device, dtype);
                foreach (var (name, parameter) in named_parameters(false).ToList())
                {
                    using var gradient = parameter.grad;
                    if (!WouldCopy(parameter, device, dtype) && (gradient is null || !WouldCopy(gradient, device, dtype)))
                        continue;
                    var moved = Moved(parameter, gradient, device, dtype);
                    parameter.Dispose();
                    ownParameters.Set(name, moved);
                    SetField(name, moved);
                }
                foreach (var (name, buffer) in named_buffers(false).ToList())
                {
                    if (!WouldCopy(buffer, device, dtype))
                        continue;
                    var moved = Converted(buffer, device, dtype).DetachFromDisposeScope();
                    buffer.Dispose();
                    ownBuffers.Set(name, (moved, true));
                    SetField(name, moved);
                }
            }

            internal static void Check(Device device, ScalarType? dtype)
            {
                if (dtype is { } type && !IsFloating(type))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={type}");
                if (device is not null && device.type == DeviceType.CUDA && !cuda.is_available())
                    throw new InvalidOperationException("CUDA is not available.");
            }

            private static Parameter Moved(Parameter parameter, Tensor gradient, Device device, ScalarType? dtype)
            {
                using var mode = no_grad();
                using var scope = NewDisposeScope();
                var moved = new Parameter(Converted(parameter, device, dtype), parameter.requires_grad);
                if (gradient is not null)
                    moved.grad = Converted(gradient, device, dtype);
                return (Parameter)moved.DetachFromDisposeScope();
            }

            private static ScalarType Target(Tensor tensor, ScalarType? dtype) => dtype is { } wanted && tensor.is_floating_point() ? wanted : tensor.dtype;

            private static Tensor Converted(Tensor tensor, Device device, ScalarType? dtype) =>
                tensor.to(Target(tensor, dtype), device ?? tensor.device);

            private static bool WouldCopy(Tensor tensor, Device device, ScalarType? dtype) =>
                Target(tensor, dtype) != tensor.dtype
                || (device is not null && (device.type != tensor.device_type || (device.index != -1 && device.index != tensor.device_index)));

            private void SetField(string name, Tensor value)
            {
                foreach (var field in Fields())
                {
                    if (field.Name == name && field.FieldType.IsInstanceOfType(value))
                        field.SetValue(this, value);
                }
            }
        }
    }
}

public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module =>
        Moved(module, device, null);

    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        Moved(module, null, type);

    internal static T Moved<T>(T module, torch.Device device, torch.ScalarType? dtype) where T : torch.nn.Module
    {
        torch.nn.Module.Check(device, dtype);
        if (device is not null || dtype is not null)
            module.Move(device, dtype);
        return module;
    }
}
