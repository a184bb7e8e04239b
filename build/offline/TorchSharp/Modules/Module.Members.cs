namespace TorchSharp;

using Modules;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            public virtual IEnumerable<(string name, Module module)> named_children() => submodules;

            public virtual IEnumerable<Module> children() => named_children().Select(child => child.module);

            // As in the real one: without this module itself, and each level before the next.
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in named_children())
                    yield return child;
                foreach (var (prefix, child) in named_children())
                {
                    foreach (var (rest, module) in child.named_modules())
                        yield return ($"{prefix}.{rest}", module);
                }
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(named => named.module);

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) => Distinct(
                ownParameters,
                recurse ? named_children().Select(child => (child.name, child.module.named_parameters(true))) : []);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(named => named.parameter);

            // As in TorchSharp 0.102: a buffer that is not persistent is never listed.
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) => Distinct(
                ownBuffers.Where(own => own.member.persistent).Select(own => (own.name, own.member.tensor)),
                recurse ? named_children().Select(child => (child.name, child.module.named_buffers(true, include_nonpersistent))) : []);

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(named => named.buffer);

            public virtual Parameter get_parameter(string target) =>
                ownParameters.Find(target) ?? Below(target, (child, rest) => child.get_parameter(rest));

            public virtual Tensor get_buffer(string target) =>
                ownBuffers.Find(target).tensor ?? Below(target, (child, rest) => child.get_buffer(rest));

            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor> destination = null, string prefix = null)
            {
                destination ??= new Dictionary<string, Tensor>();
                string Key(string name) => string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}";
                foreach (var (name, parameter) in named_parameters())
                    destination.TryAdd(Key(name), parameter);
                foreach (var (name, buffer) in named_buffers(include_nonpersistent: false))
                    destination.TryAdd(Key(name), buffer);
                return destination;
            }

            /// <summary>Own members, then those of children under their names; a tensor that appears twice is listed once.</summary>
            private protected static IEnumerable<(string name, T tensor)> Distinct<T>(
                IEnumerable<(string name, T tensor)> own, IEnumerable<(string name, IEnumerable<(string name, T tensor)> members)> below)
                where T : Tensor
            {
                var seen = new HashSet<nint>();
                foreach (var (name, tensor) in own)
                {
                    if (!tensor.IsInvalid && seen.Add(tensor.Handle))
                        yield return (name, tensor);
                }
                foreach (var (prefix, members) in below)
                {
                    foreach (var (name, tensor) in members)
                    {
                        if (seen.Add(tensor.Handle))
                            yield return ($"{prefix}.{name}", tensor);
                    }
                }
            }

            private T Below<T>(string target, Func<Module, string, T> find) where T : class
            {
                var dot = target.IndexOf('.');
                if (dot < 0)
                    return null;
                var child = named_children().FirstOrDefault(child => child.name == target[..dot]).module;
                return child is null ? null : find(child, target[(dot + 1)..]);
            }
        }
    }
}
