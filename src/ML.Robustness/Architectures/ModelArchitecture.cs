using System.Globalization;
using System.Text.RegularExpressions;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Architectures;

/// <summary>
/// The architecture of a network: its name and sizes, written into model files so that it can be created again.
/// </summary>
/// <remarks>As text: <c>ConvNet(32, 128)</c>, or <c>InputNormalization([0.5], [0.25]) > ConvNet(32, 128)</c>.</remarks>
public sealed partial class ModelArchitecture
{
    private ModelArchitecture(NetworkSource source, NetworkAdapter adapter) => (Source, Adapter) = (source, adapter);

    /// <summary>The network's name: the class of a built-in network, or the name under which it was registered.</summary>
    public string Name => Source.Name;

    /// <summary>Where the network comes from.</summary>
    internal NetworkSource Source { get; }

    /// <summary>The layers around it.</summary>
    internal NetworkAdapter Adapter { get; }

    /// <summary>Returns the architecture of fully connected layers.</summary>
    /// <param name="hidden">The width of each hidden layer; none for a linear classifier.</param>
    /// <returns>The architecture of <see cref="Models.MultilayerPerceptron"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A width is below one.</exception>
    public static ModelArchitecture MultilayerPerceptron(params int[] hidden) =>
        BuiltIn(nameof(MultilayerPerceptron), hidden);

    /// <summary>Returns the architecture of the small convolutional network.</summary>
    /// <param name="width">Channels of the first convolution. The default is 32.</param>
    /// <param name="hidden">Units of the hidden layer. The default is 128.</param>
    /// <returns>The architecture of <see cref="Models.ConvNet"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is below one.</exception>
    public static ModelArchitecture ConvNet(int width = 32, int hidden = 128) => BuiltIn(nameof(ConvNet), width, hidden);

    /// <summary>Returns the architecture of the 18-layer residual network for small images.</summary>
    /// <param name="width">Channels of the first stage. The default is 64.</param>
    /// <returns>The architecture of <see cref="Models.ResidualNet"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The width is below one.</exception>
    public static ModelArchitecture ResidualNet(int width = 64) => BuiltIn(nameof(ResidualNet), width);

    /// <summary>Registers a network of your own under a name, by which model files refer to it.</summary>
    /// <param name="name">Letters, digits, and . _ - only; names that begin with <c>torchvision.</c> are those of a package. A
    /// later registration under the same name replaces the earlier.</param>
    /// <param name="factory">Makes the network, from inputs of a shape to logits of a number of classes, with random
    /// weights.</param>
    /// <exception cref="ArgumentException">The name has other characters, or is one of a package.</exception>
    public static void Register(string name, Func<InputShape, int, Module<Tensor, Tensor>> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        new RegisteredNetwork(name).Register(factory);
    }

    /// <summary>Returns the architecture of a registered network.</summary>
    /// <param name="name">The name given to <see cref="Register"/>, which must have been called before
    /// <see cref="Create"/>.</param>
    /// <returns>The architecture of that name.</returns>
    /// <exception cref="ArgumentException">The name has characters that no registration can have.</exception>
    public static ModelArchitecture Registered(string name) => new(new RegisteredNetwork(name), NetworkAdapter.None);

    /// <summary>Returns the architecture of a network with the layers around it.</summary>
    internal static ModelArchitecture Of(NetworkSource source, NetworkAdapter adapter) => new(source, adapter);

    /// <summary>Returns the architecture with an input normalisation as its first layer.</summary>
    /// <param name="mean">One number for each channel, or a single one for all.</param>
    /// <param name="standardDeviation">As many numbers above zero.</param>
    /// <returns>A new architecture.</returns>
    /// <exception cref="ArgumentException">The numbers are not as <see cref="InputNormalization"/> wants them.</exception>
    public ModelArchitecture WithNormalization(float[] mean, float[] standardDeviation) =>
        new(Source, Adapter.WithNormalization(mean, standardDeviation));

    /// <summary>Creates the network: with random weights, or with those of the file that it came in.</summary>
    /// <param name="input">The shape of a row.</param>
    /// <param name="classes">Two or more.</param>
    /// <param name="seed">Decides the random weights.</param>
    /// <returns>A network in training mode on the CPU; the caller disposes.</returns>
    /// <exception cref="ArgumentException">The network cannot take inputs of this shape.</exception>
    /// <exception cref="InvalidOperationException">No network is registered under the name, or it does not return (N,
    /// classes).</exception>
    public Module<Tensor, Tensor> Create(InputShape input, int classes, ulong seed)
    {
        using var recording = new RecordingScope();
        using var weights = new SeedScope(seed);
        NetworkInput.CheckSizes(input, classes);
        var network = Adapter.Around(Source.Make(input, classes), input);
        try
        {
            Source.Check(network, input, classes);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Throws unless the weights of a file have as many values as the network has; a registered network must be made to know.
    /// </summary>
    /// <exception cref="InvalidDataException">The weights are of another architecture.</exception>
    internal void CheckSize(InputShape input, int classes, WeightTable weights) =>
        Source.CheckSize(input, classes, Adapter.Values, weights);

    /// <summary>Parses an architecture from the text that <see cref="ToString"/> returns.</summary>
    /// <param name="text">For example <c>ConvNet(32, 128)</c>.</param>
    /// <returns>The architecture.</returns>
    /// <exception cref="FormatException">The text names no architecture.</exception>
    public static ModelArchitecture Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = Form().Match(text);
        int[] Sizes() => NetworkSource.Numbers(match.Groups["arguments"].Value, int.Parse);
        float[] Numbers(string group) => NetworkSource.Numbers(match.Groups[group].Value, float.Parse);
        try
        {
            if (!match.Success)
                throw new FormatException();
            var architecture = match.Groups["name"].Value switch
            {
                nameof(MultilayerPerceptron) when Sizes() is { Length: <= FileLimits.Layers } widths =>
                    MultilayerPerceptron(widths),
                nameof(ConvNet) when Sizes() is [var width, var hidden] => ConvNet(width, hidden),
                nameof(ResidualNet) when Sizes() is [var width] => ResidualNet(width),
                nameof(Registered) => Registered(match.Groups["arguments"].Value),
                _ => throw new FormatException(),
            };
            return match.Groups["mean"].Success
                ? architecture.WithNormalization(Numbers("mean"), Numbers("deviation"))
                : architecture;
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw new FormatException(
                $"'{text}' names no architecture: expected MultilayerPerceptron(widths), ConvNet(width, hidden), "
                    + $"ResidualNet(width) or Registered(name), after InputNormalization([means], [deviations]) > where inputs "
                    + $"are normalised.", error);
        }
    }

    /// <summary>Returns the architecture as text that <see cref="Parse"/> reads.</summary>
    /// <returns>
    /// Name and sizes in the invariant culture; of a network that came from elsewhere its type or its file, which cannot be
    /// parsed.
    /// </returns>
    public override string ToString() => Adapter.Text($"{Source}");

    private static ModelArchitecture BuiltIn(string name, params int[] sizes) =>
        new(new BuiltInNetwork(name, sizes), NetworkAdapter.None);

    [GeneratedRegex(
        @"^(InputNormalization\(\[(?<mean>[^\]]*)\], \[(?<deviation>[^\]]*)\]\) > )?(?<name>\w+)\((?<arguments>[^()]*)\)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
