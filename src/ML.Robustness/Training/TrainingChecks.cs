using System.Runtime.InteropServices;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>The checks before training begins.</summary>
internal static class TrainingChecks
{
    private static readonly FeatureRanges Finite = new ValueRange(-float.MaxValue, float.MaxValue);

    internal static (string Name, Parameter Value)[] TrainableParameters(Module<Tensor, Tensor> model)
    {
        (string Name, Parameter Value)[] trainable = [.. model.named_parameters().Where(entry => entry.parameter.requires_grad)];
        return trainable.Length > 0
            ? trainable
            : throw new ArgumentException(
                $"The network {model.GetType().Name} has no parameters that require a gradient, so there is nothing to train. " +
                "Register its layers (RegisterComponents), or unfreeze some.", nameof(model));
    }

    internal static DatasetInspection Training(LabeledDataset training, ThreatModel? threat, bool withDigest,
        CancellationToken cancellation)
    {
        var summary = DatasetInspection.Of(training, "training", threat?.InputRanges ?? Finite, withDigest, cancellation);
        return summary.Classes > 1
            ? summary
            : throw new ArgumentException(
                $"All {summary.Rows} rows of the training set have label {summary.LeastLabel}. A classifier needs rows of two "
                    + $"classes or more.", nameof(training));
    }

    internal static DatasetInspection Validation(LabeledDataset validation, ThreatModel? threat, bool withDigest,
        CancellationToken cancellation) =>
        DatasetInspection.Of(validation, "validation", threat?.InputRanges ?? Finite, withDigest, cancellation);

    internal static void Alike(LabeledDataset training, LabeledDataset validation)
    {
        if (training.Shape != validation.Shape || training.Classes != validation.Classes)
            throw new ArgumentException(
                $"The validation set must have the training set's shape {training.Shape} and {training.Classes} classes, " +
                $"but has {validation.Shape} and {validation.Classes}.", nameof(validation));
    }

    internal static ObjectiveLoss Differentiable(ObjectiveLoss loss) => loss.Loss.requires_grad
        ? loss
        : throw new InvalidOperationException(
            "The loss has no gradient to the network's parameters: the network's output is detached, or computed under no_grad "
                + "or inference_mode. " +
            "Training needs a differentiable network.");

    /// <summary>Runs the network on two rows.</summary>
    internal static void Output(Module<Tensor, Tensor> model, LabeledDataset data, Device device)
    {
        using var frozen = new ModelScope(model);
        using var scope = NewDisposeScope();
        using var nograd = no_grad();
        using var batch = data.Batches(2, null).First();
        Tensor? output;
        try
        {
            output = model.call(batch.Inputs.to(device));
        }
        catch (Exception error) when (error is ExternalException or ArgumentException or InvalidOperationException)
        {
            throw new ArgumentException(
                $"The network {model.GetType().Name} does not take inputs of shape {data.Shape}: {ModelCall.Reason(error)}",
                nameof(model),
                error);
        }

        if (output is null || output.IsInvalid || output.device_type != device.type)
            throw new ArgumentException(
                $"The network {model.GetType().Name} must give logits on {device}, but gives "
                    + (output is null ? "null." : output.IsInvalid ? "a tensor that is disposed." : $"them on {output.device}."),
                nameof(model));
        var shape = output.shape;
        if (shape.Length != 2 || shape[0] != batch.Count || shape[1] != data.Classes)
            throw new ArgumentException(
                $"The network {model.GetType().Name} must give logits [{batch.Count}, {data.Classes}] for {batch.Count} rows "
                    + $"of {data.Classes} classes, " +
                $"but gives {TensorShape.Text(shape)}. Set the width of its last layer to the number of classes.",
                nameof(model));
        if (!output.is_floating_point())
            throw new ArgumentException(
                $"The network {model.GetType().Name} must give floating-point logits, but gives {output.dtype}.", nameof(model));
    }
}
