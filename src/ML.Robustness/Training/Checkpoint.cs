using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ML.Robustness.Models;
using ML.Robustness.Persistence;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Training;

/// <summary>
/// A checkpoint in memory: the state of the run, its weights, the optimiser's state, and the averaged and best weights.
/// </summary>
/// <remarks>The file is a mark, a version, the content and its SHA-256, which is checked before anything is used.</remarks>
internal sealed class Checkpoint : IDisposable
{
    private const int Version = 1;
    private static readonly byte[] Mark = "MLRTRAIN"u8.ToArray();

    private Checkpoint(CheckpointState state, ModelState weights, OptimizerState memory, ModelState? average, ModelState? best) =>
        (State, Weights, Memory, Average, Best) = (state, weights, memory, average, best);

    internal CheckpointState State { get; }

    internal ModelState Weights { get; }

    internal OptimizerState Memory { get; }

    internal ModelState? Average { get; }

    internal ModelState? Best { get; }

    internal static void Write(string path, CheckpointState state, Module<Tensor, Tensor> model, OptimizerHelper optimizer,
        ModelState? average, ModelState? best) =>
        AtomicFile.Write(path, stream =>
        {
            using var hash = SHA256.Create();
            using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
            using (var writer = new BinaryWriter(hashed, Encoding.UTF8))
            using (var weights = ModelState.Capture(model))
            {
                writer.Write(Mark);
                writer.Write(Version);
                state.Write(writer);
                weights.Write(writer);
                OptimizerState.Write(writer, optimizer);
                WriteOptional(writer, average);
                WriteOptional(writer, best);
            }

            stream.Write(hash.Hash!);
        });

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The file is no checkpoint, or not whole.</exception>
    internal static Checkpoint Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        if (!reader.ReadBytes(Mark.Length).AsSpan().SequenceEqual(Mark))
            throw new InvalidDataException(
                $"'{path}' is not a training checkpoint. Give another path, or delete the file to train from the start.");
        CheckHash(stream, path);
        try
        {
            stream.Position = Mark.Length;
            var version = reader.ReadInt32();
            if (version != Version)
                throw new InvalidDataException($"it has version {version}, and this library reads version {Version}");
            var state = CheckpointState.Read(reader);
            return new Checkpoint(state, ModelState.Read(reader), OptimizerState.Read(reader), ReadOptional(reader),
                ReadOptional(reader));
        }
        catch (Exception error)
            when (error is InvalidDataException or EndOfStreamException or ArgumentException or FormatException
                or ExternalException or OverflowException)
        {
            throw new InvalidDataException(
                $"Checkpoint '{path}' cannot be read: {ModelCall.Reason(error)}. Delete it to train from the start.", error);
        }
    }

    /// <summary>Throws an error if the checkpoint belongs to another run.</summary>
    /// <exception cref="InvalidOperationException">The network or a setting is another one.</exception>
    internal void CheckBelongsTo(string path, Module<Tensor, Tensor> model, IReadOnlyList<(string Name, string Value)> settings)
    {
        const string Advice =
            "Restore what it was trained with, give another CheckpointPath, or set Resume to false to train from the start.";
        if (Weights.Mismatch(model) is { } difference)
            throw new InvalidOperationException($"Checkpoint '{path}' is of another network: {difference}. {Advice}");
        foreach (var ((name, here), (_, there)) in settings.Zip(State.Settings))
        {
            if (here != there)
                throw new InvalidOperationException(
                    $"Checkpoint '{path}' is of a run with other settings: {name} is {here}, in the "
                        + $"checkpoint {there}. {Advice}");
        }
    }

    public void Dispose()
    {
        Weights.Dispose();
        Memory.Dispose();
        Average?.Dispose();
        Best?.Dispose();
    }

    private static void CheckHash(FileStream stream, string path)
    {
        var damaged = $"Checkpoint '{path}' is truncated or damaged. Delete it to train from the start.";
        var content = stream.Length - SHA256.HashSizeInBytes;
        if (content < Mark.Length) throw new InvalidDataException(damaged);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        stream.Position = 0;
        for (var left = content; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0) throw new InvalidDataException(damaged);
            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        var expected = new byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(expected);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(expected)) throw new InvalidDataException(damaged);
    }

    private static void WriteOptional(BinaryWriter writer, ModelState? state)
    {
        writer.Write(state is not null);
        state?.Write(writer);
    }

    private static ModelState? ReadOptional(BinaryReader reader) => reader.ReadBoolean() ? ModelState.Read(reader) : null;
}
