namespace TorchSharp.Modules
{
    using static torch;

    public class Sequential : nn.Module<Tensor, Tensor>
    {
        private readonly List<(string name, nn.IModule<Tensor, Tensor> module)> steps = new();

        internal Sequential() : base(nameof(Sequential))
        {
        }

        protected Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules) : this()
        {
            foreach (var (name, module) in modules)
                append(name, module);
        }

        protected Sequential(params nn.Module<Tensor, Tensor>[] modules) : this()
        {
            foreach (var module in modules)
                append(module);
        }

        public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
        {
            steps.Add((name, module));
            return this;
        }

        public Sequential append(nn.IModule<Tensor, Tensor> module) => append(steps.Count.ToString(), module);

        // As in the real one: what passes between two steps is disposed, so a hook that wants it must keep an alias.
        public override Tensor forward(Tensor tensor)
        {
            if (steps.Count == 0)
                return tensor.alias();
            var result = steps[0].module.call(tensor);
            for (var i = 1; i < steps.Count; i++)
            {
                var next = steps[i].module.call(result);
                result.Dispose();
                result = next;
            }
            return result;
        }

        public override IEnumerable<(string name, nn.Module module)> named_children() =>
            steps.Select(step => (step.name, (nn.Module)step.module));

        // As in TorchSharp 0.102: the flag of the sequence itself stays as it was made.
        public override void train(bool on = true)
        {
            foreach (var (_, child) in named_children())
                child.train(on);
        }

        public override void eval()
        {
            foreach (var (_, child) in named_children())
                child.eval();
        }

        public override nn.Module apply(Action<nn.Module> fn)
        {
            foreach (var (_, child) in named_children())
                child.apply(fn);
            fn(this);
            return this;
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential() => new();

            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => Sequential((IEnumerable<Module<Tensor, Tensor>>)modules);

            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) =>
                Sequential((IEnumerable<(string, Module<Tensor, Tensor>)>)modules);

            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) =>
                modules.Aggregate(Sequential(), (made, module) => made.append(module));

            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) =>
                modules.Aggregate(Sequential(), (made, named) => made.append(named.name, named.submodule));
        }
    }
}
