// What may be null is marked as the real one marks it.
#nullable enable annotations

namespace TorchSharp.Modules
{
    using static torch;

    public sealed class BatchNorm2d : nn.Module<Tensor, Tensor>
    {
        private readonly double eps;
        private readonly double momentum;

        internal BatchNorm2d(long features, double eps, double momentum, bool affine, bool track) : base(nameof(BatchNorm2d))
        {
            this.eps = eps;
            this.momentum = momentum;
            if (affine)
            {
                register_parameter(nameof(weight), nn.init.Filled(2, features));
                register_parameter(nameof(bias), nn.init.Filled(1, features));
            }
            if (track)
            {
                register_buffer(nameof(running_mean), zeros(features));
                register_buffer(nameof(running_var), ones(features));
                register_buffer(nameof(num_batches_tracked), tensor(0L));
            }
        }

        public Parameter? weight
        {
            get => Own(nameof(weight));
            set => Replace(nameof(weight), value);
        }

        public Parameter? bias
        {
            get => Own(nameof(bias));
            set => Replace(nameof(bias), value);
        }

        public Tensor? running_mean
        {
            get => OwnBuffer(nameof(running_mean));
            set => ReplaceBuffer(nameof(running_mean), value);
        }

        public Tensor? running_var
        {
            get => OwnBuffer(nameof(running_var));
            set => ReplaceBuffer(nameof(running_var), value);
        }

        public Tensor? num_batches_tracked => OwnBuffer(nameof(num_batches_tracked));

        public override Tensor forward(Tensor tensor)
        {
            if (tensor.ndim != 4)
                throw new ArgumentException($"Invalid number of dimensions for BatchNorm argument: {tensor.ndim}");
            if (training)
                num_batches_tracked?.add_(1);
            return nn.functional.batch_norm(tensor, running_mean, running_var, weight, bias, training || running_mean is null, momentum, eps);
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
            public static BatchNorm2d BatchNorm2d(long features, double eps = 1E-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                ModuleExtensionMethods.Moved(new BatchNorm2d(features, eps, momentum, affine, track_running_stats), device, dtype);
        }
    }
}
