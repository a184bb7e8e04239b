using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Gpu;

/// <summary>Memory over repeated batches: the GPU's in use, and tensors alive.</summary>
internal static class MemoryChecks
{
    private const int Batches = 30;

    public static bool Run(Device device, Log log)
    {
        using var scope = NewDisposeScope();
        var shape = new InputShape(3, 32, 32);
        using var network = AttackChecks.Network(ModelArchitecture.ResidualNet(16), shape, 10, device);
        using var data = SuiteChecks.Data(shape, 256, 10);
        using var trained = ModelArchitecture.ResidualNet(16).Create(shape, 10, 1).to(device);
        var images = new RowRandom(5).Uniform(zeros(shape.Batch(128), device: device), 0, 1);
        var goal = AttackGoal.Untargeted(arange(128, ScalarType.Int64, device).remainder(10));
        var threat = ThreatModel.LInf(8 / 255.0);
        var trainer = new RobustTrainer
        {
            Objective = new AdversarialObjective(new ProjectedGradientDescent(threat) { Steps = 2 }),
            Epochs = 1,
        };
        var works = new (string Name, Action Work)[]
        {
            ("PGD-5", () => new ProjectedGradientDescent(threat) { Steps = 5 }.Perturb(network, images, goal).Dispose()),
            ("APGD", () => new AutoProjectedGradientDescent(threat) { Steps = 5 }.Perturb(network, images, goal).Dispose()),
            ("Square", () => new SquareAttack(threat) { Queries = 10 }.Perturb(network, images, goal).Dispose()),
            ("HopSkipJump", () => new HopSkipJumpAttack(threat) { Queries = 60, FirstSamples = 8 }
                .Perturb(network, images, goal).Dispose()),
            ("SPSA", () => new GradientEstimateAttack(threat) { Queries = 12, Pairs = 2 }
                .Perturb(network, images, goal).Dispose()),
            ("SmoothGrad-5", () => new Saliency().Smoothed(5).Attribute(network, images).Dispose()),
            ("training", () => trainer.Train(trained, data)),
        };
        var isFlat = true;
        foreach (var (name, work) in works)
            isFlat &= IsFlat(name, work, device, log);
        return isFlat;
    }

    private static bool IsFlat(string name, Action work, Device device, Log log)
    {
        var batches = device.type == DeviceType.CUDA ? Batches : 2;
        for (var batch = 0; batch < 3; batch++)
            work();
        Gpu.Wait(device);
        var (memory, tensors) = (Gpu.MemoryInUse(device), Tensor.TotalCount);
        for (var batch = 0; batch < batches; batch++)
            work();
        Gpu.Wait(device);
        var (grown, left) = (Gpu.MemoryInUse(device) - memory, Tensor.TotalCount - tensors);
        log.Line($"memory, {name}: {memory} MiB in use, {grown} more after {batches} batches, {left} tensors left");
        return left <= 0 && grown is null or <= 64;
    }
}
