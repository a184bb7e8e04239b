using System.Runtime.InteropServices;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>
/// A checked forward and backward pass through a user's network: its failures become errors instead of ending the process.
/// </summary>
internal static class ModelCall
{
    private const string NoGradient = "ML.Robustness.NoGradient";

    /// <summary>The logits (N, K), whose shape is checked.</summary>
    public static Tensor Forward(Module<Tensor, Tensor> model, Tensor inputs)
    {
        var logits = Outputs(model, inputs);
        CheckLogits(inputs, logits);
        return logits;
    }

    /// <summary>What the network returns, of any shape.</summary>
    public static Tensor Outputs(Module<Tensor, Tensor> model, Tensor inputs)
    {
        Tensor? outputs;
        try
        {
            outputs = model.call(inputs);
        }
        catch (ExternalException error)
        {
            throw Failed(inputs, error);
        }
        return Returned(inputs, outputs);
    }

    /// <summary>The features that a network computes, whose shape is checked.</summary>
    public static NetworkFeatures Extract(IFeatureModel network, Tensor inputs, bool passesRectifier = false)
    {
        NetworkFeatures features;
        try
        {
            features = network.Extract(inputs, passesRectifier);
        }
        catch (ExternalException error)
        {
            throw Failed(inputs, error);
        }
        return features.Values is { IsInvalid: false } values && values.dim() >= 2 && values.shape[0] == inputs.shape[0]
            ? features
            : throw new InvalidOperationException(
                $"{network.GetType().Name}.Extract must return features (N, F); for inputs of shape {TensorShape.Text(inputs)} "
                    + $"it returned {(features.Values is { IsInvalid: false } other ? TensorShape.Text(other) : "null")}.");
    }

    /// <summary>The device of a network's parameters.</summary>
    public static Device DeviceOf(Module<Tensor, Tensor> model)
    {
        using var use = NativeLifetime.UseOf(model);
        return model.parameters().FirstOrDefault()?.device ?? CPU;
    }

    /// <summary>The results of several batches as one tensor of the outer dispose scope.</summary>
    public static Tensor Join(List<Tensor> parts) => (parts.Count == 1 ? parts[0] : cat(parts)).MoveToOuterDisposeScope();

    public static InvalidOperationException Failed(Tensor inputs, ExternalException error) =>
        new($"The network failed on inputs of shape {TensorShape.Text(inputs)}: {Reason(error)}", error);

    /// <summary>What libtorch says, without the C++ frames below its first line.</summary>
    public static string Reason(Exception error) =>
        error.Message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var first,
            ..]
            ? first
            : error.GetType().Name;

    public static void CheckLogits(Tensor inputs, Tensor? returned)
    {
        var logits = Returned(inputs, returned);
        if (logits.device_type != inputs.device_type || logits.device_index != inputs.device_index)
            throw new InvalidOperationException(
                $"The network must return logits on the device of its inputs, {inputs.device}, but returned them on "
                    + $"{logits.device}.");
        var shape = logits.shape;
        if (shape.Length != 2 || shape[0] != inputs.shape[0] || shape[1] < 2 || !logits.is_floating_point())
            throw new InvalidOperationException(
                $"The network must return floating-point logits of shape (N, classes) with two classes or more; for inputs of "
                    + $"shape {TensorShape.Text(inputs)} it returned {logits.dtype} {TensorShape.Text(logits)}.");
    }

    public static Tensor Returned(Tensor inputs, Tensor? outputs) => outputs is { IsInvalid: false }
        ? outputs
        : throw new InvalidOperationException(
            $"The network must return a tensor; for inputs of shape {TensorShape.Text(inputs)} it returned "
                + $"{(outputs is null ? "null" : "one that is disposed")}.");

    public static void CheckGradient(Tensor logits, string users)
    {
        if (logits.requires_grad)
            return;
        var error = new InvalidOperationException(
            $"The network's output has no gradient to its input: it is detached, computed from integers or under no_grad or "
                + $"inference_mode. {users} need a differentiable network.");
        error.Data[NoGradient] = true;
        throw error;
    }

    /// <summary>Whether an error is that of <see cref="CheckGradient"/>: a caller that knows why can say so.</summary>
    public static bool IsNoGradient(Exception error) => error.Data.Contains(NoGradient);

    /// <summary>The gradient of a loss's sum with respect to a variable; the graph is freed.</summary>
    public static Tensor Backward(Tensor loss, Tensor variable)
    {
        try
        {
            autograd.backward(loss.sum(), inputs: [variable]);
        }
        catch (ExternalException error)
        {
            throw new InvalidOperationException($"The network's gradient failed: {Reason(error)}", error);
        }
        return variable.grad is { IsInvalid: false } gradient
            ? gradient
            : throw new InvalidOperationException(
                "The network's output does not depend on its input, so there is no gradient to follow.");
    }
}
