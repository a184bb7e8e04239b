using System.Globalization;
using System.Reflection;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using AfterHook = System.Func<
    TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>, TorchSharp.torch.Tensor,
    TorchSharp.torch.Tensor, TorchSharp.torch.Tensor?>;
using BeforeHook = System.Func<
    TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>, TorchSharp.torch.Tensor,
    TorchSharp.torch.Tensor?>;

namespace ML.Robustness.Layers;

/// <summary>Forward hooks of modules, added and removed while other threads use the module.</summary>
/// <remarks>
/// TorchSharp's own <c>register_forward_hook</c> changes the table that a pass of another thread may be reading, which then
/// fails. Here a table is replaced by another one instead: a pass reads the old one to its end.
/// </remarks>
internal static class ModuleHooks
{
    private static readonly object Writing = new();

    // Protected fields, which a class of ours that derives from Module could read and write only in itself.
    private static readonly FieldInfo BeforeField = Field("pre_hooks"), AfterField = Field("post_hooks");

    private static long _added;

    /// <summary>Adds a hook that may replace the module's input.</summary>
    /// <returns>What removes it.</returns>
    public static Action AddBefore(Module<Tensor, Tensor> module, BeforeHook hook) => Add(BeforeField, module, hook);

    /// <summary>Adds a hook that may replace the module's output.</summary>
    /// <returns>What removes it.</returns>
    public static Action AddAfter(Module<Tensor, Tensor> module, AfterHook hook) => Add(AfterField, module, hook);

    /// <summary>The number of the module's hooks.</summary>
    public static int Count(Module<Tensor, Tensor> module) =>
        Read<BeforeHook>(BeforeField, module).Count + Read<AfterHook>(AfterField, module).Count;

    private static Action Add<T>(FieldInfo field, Module<Tensor, Tensor> module, T hook)
    {
        // TorchSharp's own keys are GUIDs.
        var key = Interlocked.Increment(ref _added).ToString(CultureInfo.InvariantCulture);
        Replace(before => before.Append(new(key, hook)));
        return () => Replace(before => before.Where(entry => entry.Key != key));

        void Replace(Func<Dictionary<string, T>, IEnumerable<KeyValuePair<string, T>>> change)
        {
            lock (Writing)
            {
                var table = new Dictionary<string, T>(change(Read<T>(field, module)));
                // Whole before other threads see it.
                Interlocked.MemoryBarrier();
                field.SetValue(module, table);
            }
        }
    }

    private static Dictionary<string, T> Read<T>(FieldInfo field, Module<Tensor, Tensor> module) =>
        (Dictionary<string, T>)field.GetValue(module)!;

    private static FieldInfo Field(string name) =>
        typeof(HookableModule<BeforeHook, AfterHook>).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new MissingFieldException($"TorchSharp's HookableModule has no field '{name}': use TorchSharp 0.107.");
}
