namespace ApiCheck;

/// <summary>One line of an API list: <c>declaring type | kind | signature</c>.</summary>
public sealed record ApiLine(string Type, string Kind, string Signature)
{
    public static ApiLine Parse(string text)
    {
        var parts = text.Split(" | ", 3);
        return parts.Length == 3 ? new(parts[0], parts[1], parts[2]) : throw new FormatException($"Not a line of an API list: '{text}'.");
    }

    public override string ToString() => $"{Type} | {Kind} | {Signature}";
}
