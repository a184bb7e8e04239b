namespace PretrainedNetwork;

/// <summary>An image as a classifier sees it, clean and attacked.</summary>
internal sealed class ExplainedImage
{
    public float[] Features { get; set; } = [];

    public float[] Adversarial { get; set; } = [];

    public float[] SmoothGrad { get; set; } = [];

    public float[] SmoothGradAttacked { get; set; } = [];

    public float[] GradCam { get; set; } = [];

    public float[] GradCamAttacked { get; set; } = [];

    /// <summary>The class, which the classifier predicts for the image.</summary>
    public string Class { get; set; } = "";

    /// <summary>The class that it predicts for the adversarial example.</summary>
    public string AttackedClass { get; set; } = "";
}
