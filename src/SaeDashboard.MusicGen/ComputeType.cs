namespace SaeDashboard.MusicGen;

/// <summary>What the language model's weights are rounded to. Sums are float32 with each; the text encoder and the codec stay float32.</summary>
public enum ComputeType
{
    Float32,

    /// <summary>float32's exponent, 8 bits of precision, half the bytes.</summary>
    BFloat16,

    /// <summary>11 bits of precision, to ±65504: on a GPU only.</summary>
    Float16,
}
