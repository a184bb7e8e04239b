using System.Buffers.Binary;
using ML.Robustness.Faults.Formats;

namespace ML.Robustness.Faults.Mutations;

/// <summary>Makes damaged files of a format: each by its number, the same in every process.</summary>
internal sealed class Mutator(FileFormat format, int seed)
{
    private const int HeaderLength = 256, MostRepeated = 4000, SeedStep = 1_000_003;

    private static readonly long[] Extremes =
        [0, -1, 1, 127, 255, 65535, 1 << 16, 1 << 20, 1 << 28, 1 << 30, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40,
            long.MaxValue, long.MinValue];

    private readonly (string Name, byte[] File)[] _crafted = [.. format.Crafted];

    /// <summary>A damaged file.</summary>
    /// <param name="index">Its number; the crafted ones come first.</param>
    internal Mutant Make(int index)
    {
        if (index < _crafted.Length)
            return new Mutant(_crafted[index].File, _crafted[index].Name, true);
        var random = new Random(unchecked(seed * SeedStep + index));
        // Three of four: bytes changed at random rarely get past the outer form.
        if (index % 4 > 0 && format.Damage(random) is { } made)
            return new Mutant(made.File, made.What, true);
        var isSealed = format.Parts.Count > 0 && random.Next(5) < 2;
        if (!isSealed)
        {
            var (file, what) = Damage(format.Honest, random, false);
            return new Mutant(file, what, false);
        }
        var part = format.Parts[random.Next(format.Parts.Count)];
        var (content, change) = Damage(part.Content, random, part.HasFixedLength);
        return new Mutant(part.Seal(content), $"{part.Name} sealed, {change}", true);
    }

    private static (byte[] File, string What) Damage(byte[] honest, Random random, bool keepsLength)
    {
        var bytes = honest.ToArray();
        // Numbers that decide on sizes lie at the begin.
        var place = random.Next(2) == 0 ? random.Next(Math.Min(HeaderLength, bytes.Length)) : random.Next(bytes.Length);
        switch (random.Next(keepsLength ? 6 : 10))
        {
            case 0 or 1 or 2:
                var bit = random.Next(8);
                bytes[place] ^= (byte)(1 << bit);
                return (bytes, $"bit {bit} of byte {place} flipped");
            case 3:
                var length = Math.Min(1 + random.Next(16), bytes.Length - place);
                random.NextBytes(bytes.AsSpan(place, length));
                return (bytes, $"{length} random bytes at {place}");
            case 4 or 5:
                var number = Extremes[random.Next(Extremes.Length)];
                return (Overwrite(bytes, place, number, random.Next(4)), $"number {number} at {place}");
            case 6 or 7:
                return (bytes[..place], $"cut at {place}");
            case 8:
                var (count, times) = (1 + random.Next(64), 1 + random.Next(MostRepeated));
                count = Math.Min(count, bytes.Length - place);
                var repeated = Enumerable.Repeat(bytes[place..(place + count)], times).SelectMany(chunk => chunk);
                return ([.. bytes[..place], .. repeated, .. bytes[place..]], $"{count} bytes at {place} {times} times more");
            default:
                var removed = Math.Min(1 + random.Next(8), bytes.Length - place);
                return ([.. bytes[..place], .. bytes[(place + removed)..]], $"{removed} bytes at {place} removed");
        }
    }

    private static byte[] Overwrite(byte[] bytes, int place, long number, int kind)
    {
        var text = new byte[sizeof(long)];
        if (kind is 0 or 1)
            BinaryPrimitives.WriteInt64LittleEndian(text, number);
        else
            BinaryPrimitives.WriteInt64BigEndian(text, number);
        var written = kind switch
        {
            0 => text,
            1 => text[..sizeof(int)],
            2 => text[sizeof(int)..],
            _ => text[..1],
        };
        written.AsSpan(0, Math.Min(written.Length, bytes.Length - place)).CopyTo(bytes.AsSpan(place));
        return bytes;
    }
}
