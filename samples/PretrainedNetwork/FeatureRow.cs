using Microsoft.ML.Data;

namespace PretrainedNetwork;

/// <summary>The features of an image, and the key of its class.</summary>
internal sealed record FeatureRow([property: VectorType(PretrainedResNet.Features)] float[] Features, uint Label);
