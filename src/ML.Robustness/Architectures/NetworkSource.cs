using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>Where a network comes from: what a <see cref="ModelArchitecture"/> makes it of.</summary>
internal abstract record NetworkSource
{
    /// <summary>The network's name, for people.</summary>
    internal abstract string Name { get; }

    /// <summary>Makes the network. The caller disposes it.</summary>
    internal abstract Module<Tensor, Tensor> Make(InputShape input, int classes);

    /// <summary>Throws unless a network that was just made, with the layers around it, gives logits of such inputs.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    internal virtual void Check(Module<Tensor, Tensor> network, InputShape input, int classes)
    {
    }

    /// <summary>Throws unless weights of so many values can be the network's; sources that must make it to know do not.</summary>
    /// <param name="input">The shape of a row.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="others">The values of the layers around the network.</param>
    /// <param name="weights">What the file holds.</param>
    /// <exception cref="InvalidDataException">The weights are of another network.</exception>
    internal virtual void CheckSize(InputShape input, int classes, long others, WeightTable weights)
    {
    }

    /// <summary>Numbers separated by commas, in the invariant culture.</summary>
    internal static string List<T>(IEnumerable<T> values)
        where T : IFormattable =>
            string.Join(", ", values.Select(static value => value.ToString(null, CultureInfo.InvariantCulture)));

    /// <summary>The numbers of a text that <see cref="List"/> made.</summary>
    internal static T[] Numbers<T>(string list, Func<string, IFormatProvider, T> parse) =>
        list.Length == 0 ? [] : Array.ConvertAll(list.Split(", "), text => parse(text, CultureInfo.InvariantCulture));
}
