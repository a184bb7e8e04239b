using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>
/// The architecture of a network: its name and sizes, written into model files so that it can be created again.
/// </summary>
/// <remarks>As text: <c>ConvNet(32, 128)</c>, or <c>InputNormalization([0.5], [0.25]) > ConvNet(32, 128)</c>.</remarks>
public sealed partial class ModelArchitecture
{
    /// <summary>The beginning of the names of TorchVision's networks, which the package ML.Robustness.PyTorch registers.</summary>
    internal const string TorchVision = "torchvision.";

    private const string PyTorchPackage = "ML.Robustness.PyTorch";

    private static readonly ConcurrentDictionary<string, Func<InputShape, int, Module<Tensor, Tensor>>> Factories = new(
        StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, Func<InputShape, int, long>> ReservedSizes = new(StringComparer.Ordinal);
    private readonly int[] _sizes;
    private readonly float[]? _mean;
    private readonly float[]? _deviation;
    private readonly bool _isRegistered;

    private ModelArchitecture(string name, int[] sizes, bool isRegistered = false, float[]? mean = null,
        float[]? deviation = null) =>
        (Name, _sizes, _isRegistered, _mean, _deviation) = (name, sizes, isRegistered, mean, deviation);

    private ModelArchitecture(string name, NetworkFile? file)
        : this(name, []) => (File, IsForeign) = (file, true);

    /// <summary>The network's name: the class of a built-in network, or the name under which it was registered.</summary>
    public string Name { get; }

    /// <summary>The network's own file, where it came in one; else null.</summary>
    internal NetworkFile? File { get; }

    /// <summary>Whether the network came from elsewhere, and not under a name that was registered.</summary>
    internal bool IsForeign { get; }

    /// <summary>Whether the network's outputs are probabilities, of which the logarithm is taken.</summary>
    internal bool GivesProbabilities { get; private set; }

    /// <summary>Returns the architecture of fully connected layers.</summary>
    /// <param name="hidden">The width of each hidden layer; none for a linear classifier.</param>
    /// <returns>The architecture of <see cref="Models.MultilayerPerceptron"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A width is below one.</exception>
    public static ModelArchitecture MultilayerPerceptron(params int[] hidden) =>
        new(nameof(MultilayerPerceptron), Positive(hidden));

    /// <summary>Returns the architecture of the small convolutional network.</summary>
    /// <param name="width">Channels of the first convolution. The default is 32.</param>
    /// <param name="hidden">Units of the hidden layer. The default is 128.</param>
    /// <returns>The architecture of <see cref="Models.ConvNet"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is below one.</exception>
    public static ModelArchitecture ConvNet(int width = 32, int hidden = 128) => new(nameof(ConvNet), Positive([width, hidden]));

    /// <summary>Returns the architecture of the 18-layer residual network for small images.</summary>
    /// <param name="width">Channels of the first stage. The default is 64.</param>
    /// <returns>The architecture of <see cref="Models.ResidualNet"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The width is below one.</exception>
    public static ModelArchitecture ResidualNet(int width = 64) => new(nameof(ResidualNet), Positive([width]));

    /// <summary>Registers a network of your own under a name, by which model files refer to it.</summary>
    /// <param name="name">Letters, digits, and . _ - only; names that begin with <c>torchvision.</c> are those of a package. A
    /// later registration under the same name replaces the earlier.</param>
    /// <param name="factory">Makes the network, from inputs of a shape to logits of a number of classes, with random
    /// weights.</param>
    /// <exception cref="ArgumentException">The name has other characters, or is reserved.</exception>
    public static void Register(string name, Func<InputShape, int, Module<Tensor, Tensor>> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (CheckName(name).StartsWith(TorchVision, StringComparison.Ordinal))
            throw new ArgumentException(
                $"Names that begin with '{TorchVision}' are those of the package {PyTorchPackage}, got '{name}'. Choose another.",
                nameof(name));
        Factories[name] = factory;
    }

    /// <summary>Registers a network of a package of ours, under a name that nothing else can have.</summary>
    /// <param name="name">The name.</param>
    /// <param name="factory">Makes the network.</param>
    /// <param name="values">The number of values of its parameters and buffers.</param>
    internal static void RegisterReserved(
        string name, Func<InputShape, int, Module<Tensor, Tensor>> factory, Func<InputShape, int, long> values) =>
        (Factories[name], ReservedSizes[name]) = (factory, values);

    /// <summary>Returns the architecture of a registered network.</summary>
    /// <param name="name">The name given to <see cref="Register"/>, which must have been called before
    /// <see cref="Create"/>.</param>
    /// <returns>The architecture of that name.</returns>
    /// <exception cref="ArgumentException">The name has characters that no registration can have.</exception>
    public static ModelArchitecture Registered(string name) => new(CheckName(name), [], isRegistered: true);

    /// <summary>Returns the architecture of a network that came in a file of its own.</summary>
    internal static ModelArchitecture Of(NetworkFile file) => new($"{file}", file);

    /// <summary>Returns the architecture of a network that can be used, but neither made again nor saved.</summary>
    internal static ModelArchitecture Of(Module network) => new(network.GetType().Name, (NetworkFile?)null);

    /// <summary>Returns the same architecture, of whose outputs the logarithm is taken.</summary>
    internal ModelArchitecture WithProbabilities()
    {
        var copy = (ModelArchitecture)MemberwiseClone();
        copy.GivesProbabilities = true;
        return copy;
    }

    /// <summary>Returns the architecture with an input normalisation as its first layer.</summary>
    /// <param name="mean">One number for each channel, or a single one for all.</param>
    /// <param name="standardDeviation">As many numbers above zero.</param>
    /// <returns>A new architecture.</returns>
    /// <exception cref="ArgumentException">The numbers are not as <see cref="InputNormalization"/> wants them.</exception>
    public ModelArchitecture WithNormalization(float[] mean, float[] standardDeviation)
    {
        using var check = new InputNormalization(mean, standardDeviation);
        return new ModelArchitecture(Name, _sizes, _isRegistered, [.. mean], [.. standardDeviation]);
    }

    /// <summary>Creates the network with random weights.</summary>
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
        Module<Tensor, Tensor> network = Name switch
        {
            _ when File is not null => File.Read(),
            _ when IsForeign => throw new InvalidOperationException(
                $"The network {Name} came as a module, which cannot be made again. Register a factory for it "
                + "(ModelArchitecture.Register), and give its name to FromModule."),
            _ when _isRegistered => Make(input, classes),
            nameof(MultilayerPerceptron) => new MultilayerPerceptron(input, classes, _sizes),
            nameof(ConvNet) => new ConvNet(input, classes, _sizes[0], _sizes[1]),
            _ => new ResidualNet(input, classes, _sizes[0]),
        };
        if (GivesProbabilities)
            network = new LogarithmOfProbabilities(network);
        if (_mean is null)
            return network;
        if (_mean.Length > 1 && _mean.Length != input.Channels)
        {
            network.Dispose();
            throw new ArgumentException(
                $"The normalisation has {_mean.Length} channels, inputs of {input} have {input.Channels}.", nameof(input));
        }
        return Sequential(("normalization", new InputNormalization(_mean, _deviation!)), ("network", network));
    }

    /// <summary>
    /// Throws unless the weights of a file have as many values as the network has; a registered network must be made to know.
    /// </summary>
    /// <exception cref="InvalidDataException">The weights are of another architecture.</exception>
    internal void CheckSize(InputShape input, int classes, WeightTable weights)
    {
        if (_isRegistered)
            LoadPackage();
        if (!IsForeign && (!_isRegistered || ReservedSizes.ContainsKey(Name)))
            weights.CheckValues(Values(input, classes), $"{this} for inputs of {input} and {classes} classes");
    }

    /// <summary>The number of values of a built-in network; null where it is beyond all bounds.</summary>
    internal long? Values(InputShape input, int classes)
    {
        try
        {
            var normalization = _mean is null ? 0 : 2L * _mean.Length;
            return checked(normalization + Name switch
            {
                nameof(MultilayerPerceptron) => ArchitectureSize.MultilayerPerceptron(input, classes, _sizes),
                nameof(ConvNet) => ArchitectureSize.ConvNet(input, classes, _sizes[0], _sizes[1]),
                _ when _isRegistered => ReservedSizes[Name](input, classes),
                _ => ArchitectureSize.ResidualNet(input, classes, _sizes[0]),
            });
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>Parses an architecture from the text that <see cref="ToString"/> returns.</summary>
    /// <param name="text">For example <c>ConvNet(32, 128)</c>.</param>
    /// <returns>The architecture.</returns>
    /// <exception cref="FormatException">The text names no architecture.</exception>
    public static ModelArchitecture Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = Form().Match(text);
        try
        {
            if (!match.Success)
                throw new FormatException();
            var arguments = match.Groups["arguments"].Value;
            var architecture = match.Groups["name"].Value switch
            {
                nameof(MultilayerPerceptron) when Numbers(arguments, int.Parse) is { Length: <= FileLimits.Layers } widths =>
                    MultilayerPerceptron(widths),
                nameof(ConvNet) when Numbers(arguments, int.Parse) is [var width, var hidden] => ConvNet(width, hidden),
                nameof(ResidualNet) when Numbers(arguments, int.Parse) is [var width] => ResidualNet(width),
                nameof(Registered) => Registered(arguments),
                _ => throw new FormatException(),
            };
            return match.Groups["mean"].Success
                ? architecture.WithNormalization(Numbers(match.Groups["mean"].Value, float.Parse),
                    Numbers(match.Groups["deviation"].Value, float.Parse))
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
    public override string ToString()
    {
        if (IsForeign)
            return Name;
        var network = _isRegistered ? $"{nameof(Registered)}({Name})" : $"{Name}({List(_sizes)})";
        return _mean is null ? network : $"{nameof(InputNormalization)}([{List(_mean)}], [{List(_deviation!)}]) > {network}";
    }

    private void LoadPackage()
    {
        if (Name.StartsWith(TorchVision, StringComparison.Ordinal) && !Factories.ContainsKey(Name))
            NetworkFile.LoadPackage(PyTorchPackage, "one of TorchVision's");
    }

    private Module<Tensor, Tensor> Make(InputShape input, int classes)
    {
        LoadPackage();
        if (!Factories.TryGetValue(Name, out var factory))
            throw new InvalidOperationException(
                $"No network is registered as '{Name}': call ModelArchitecture.Register(\"{Name}\", …) first, also before "
                    + $"loading a model that uses it.");
        var network = factory(input, classes) ?? throw new InvalidOperationException($"The factory of '{Name}' returned null.");
        try
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            using var frozen = new ModelScope(network);
            var logits = network.call(zeros(input.Batch(1), ScalarType.Float32, CPU)) ?? throw new InvalidOperationException(
                $"The network registered as '{Name}' returned null for one row of {input}.");
            var shape = logits.shape;
            if (!shape.AsSpan().SequenceEqual([1, classes]))
                throw new InvalidOperationException(
                    $"The network registered as '{Name}' must return (N, {classes}) for inputs of {input}; for one row it "
                        + $"returned {TensorShape.Text(shape)}.");
            return network;
        }
        catch (ExternalException error)
        {
            network.Dispose();
            throw new InvalidOperationException(
                $"The network registered as '{Name}' does not take inputs of {input}: {ModelCall.Reason(error)}", error);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static int[] Positive(int[] sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        foreach (var size in sizes)
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(sizes));
        return [.. sizes];
    }

    private static string CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-')
            ? name
            : throw new ArgumentException($"A network's name may hold letters, digits and . _ - only, got '{name}'.",
                nameof(name));
    }

    private static string List<T>(T[] values)
        where T : IFormattable =>
            string.Join(", ", values.Select(static value => value.ToString(null, CultureInfo.InvariantCulture)));

    private static T[] Numbers<T>(string list, Func<string, IFormatProvider, T> parse) =>
        list.Length == 0 ? [] : Array.ConvertAll(list.Split(", "), text => parse(text, CultureInfo.InvariantCulture));

    [GeneratedRegex(
        @"^(InputNormalization\(\[(?<mean>[^\]]*)\], \[(?<deviation>[^\]]*)\]\) > )?(?<name>\w+)\((?<arguments>[^()]*)\)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
