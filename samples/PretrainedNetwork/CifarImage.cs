using Microsoft.ML.Data;

namespace PretrainedNetwork;

/// <summary>An image with the name of its class.</summary>
internal sealed class CifarImage
{
    [VectorType(3, 32, 32)]
    public float[] Features { get; set; } = [];

    public string Label { get; set; } = "";
}

/// <summary>A class.</summary>
internal sealed record CifarClass(string Label);
