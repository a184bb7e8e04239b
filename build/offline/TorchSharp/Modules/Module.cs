using System.Reflection;

namespace TorchSharp;

using Modules;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module : IDisposable
        {
            private readonly Members<Module> submodules = new();
            private readonly Members<Parameter> ownParameters = new();
            private readonly Members<(Tensor tensor, bool persistent)> ownBuffers = new();
            private bool areComponentsRegistered;
            private bool isTraining = true;
            private bool isDisposed;

            protected string name;

            protected Module(string name) => this.name = name;

            public virtual bool training => isTraining;

            public virtual void train(bool train = true)
            {
                isTraining = train;
                foreach (var (_, child) in named_children())
                    child.train(train);
            }

            public virtual void eval() => train(false);

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, child) in submodules)
                    child.apply(fn);
                fn(this);
                return this;
            }

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    if (set_to_none)
                        parameter.grad = null;
                    else
                        ZeroGradient(parameter);
                }
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid)
                    throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                if (!ownBuffers.TryAdd(name, (tensor, persistent)))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid)
                    throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                if (!ownParameters.TryAdd(name, param))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
            }

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null || submodule.isDisposed)
                {
                    submodules.Remove(name);
                    return;
                }
                if (name.Contains('.'))
                    throw new ArgumentException($"module name can't contain \".\", got: {name}");
                if (string.IsNullOrEmpty(name))
                    throw new ArgumentException("module name can't be empty string \"\"");
                if (submodules.Contains(name))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                submodules.TryAdd(name, submodule);
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void RegisterComponents()
            {
                if (areComponentsRegistered)
                    return;
                foreach (var field in Fields())
                {
                    if (submodules.Contains(field.Name) || ownParameters.Contains(field.Name) || ownBuffers.Contains(field.Name))
                        continue;
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter:
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
                areComponentsRegistered = true;
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || isDisposed)
                    return;
                foreach (var buffer in buffers(false))
                    buffer.Dispose();
                foreach (var parameter in parameters(false))
                    parameter.Dispose();
                foreach (var module in modules())
                    module.Dispose();
                isDisposed = true;
            }

            /// <summary>A parameter registered under a name, or null.</summary>
            private protected Parameter Own(string name) => ownParameters.Find(name);

            private protected Tensor OwnBuffer(string name) => ownBuffers.Find(name).tensor;

            private protected void Replace(string name, Parameter parameter)
            {
                if (parameter is null)
                    throw new ArgumentNullException($"{name} cannot be set to 'null'");
                ownParameters.Set(name, parameter);
            }

            private protected void ReplaceBuffer(string name, Tensor buffer) => ownBuffers.Set(name, (buffer, true));

            private static void ZeroGradient(Parameter parameter)
            {
                using var gradient = parameter.grad;
                gradient?.zero_();
            }

            private FieldInfo[] Fields() => GetType().GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance);
        }
    }
}
