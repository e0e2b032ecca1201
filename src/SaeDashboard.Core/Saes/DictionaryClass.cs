namespace SaeDashboard.Core.Saes;

/// <summary>A class of dictionary_learning: its tensors, in the order of its state dict, and what they are here.</summary>
/// <param name="Name">Its name in Python.</param>
/// <param name="Architecture">What it computes.</param>
/// <param name="ApplyBDecToInput">Whether it subtracts b_dec from its input.</param>
/// <param name="Tensors">Its tensors.</param>
internal sealed record DictionaryClass(string Name, SaeArchitecture Architecture, bool ApplyBDecToInput, IReadOnlyList<DictionaryTensor> Tensors)
{
    public static readonly IReadOnlyList<DictionaryClass> All =
    [
        new(AutoEncoder, SaeArchitecture.Standard, true,
            [new("bias", "b_dec"), new("encoder.weight", "W_enc", true), new("encoder.bias", "b_enc"), new("decoder.weight", "W_dec", true)]),
        new("AutoEncoderNew", SaeArchitecture.Standard, false,
            [new("encoder.weight", "W_enc", true), new("encoder.bias", "b_enc"), new("decoder.weight", "W_dec", true), new("decoder.bias", "b_dec")]),
        new("GatedAutoEncoder", SaeArchitecture.Gated, true,
            [new("decoder_bias", "b_dec"), new("r_mag", "r_mag"), new("gate_bias", "b_gate"), new("mag_bias", "b_mag"), new("encoder.weight", "W_enc", true),
                new("decoder.weight", "W_dec", true)]),
        new("JumpReluAutoEncoder", SaeArchitecture.JumpRelu, false,
            [new("W_enc", "W_enc"), new("b_enc", "b_enc"), new("W_dec", "W_dec"), new("b_dec", "b_dec"), new("threshold", "threshold")]),
        new("AutoEncoderTopK", SaeArchitecture.TopK, true,
            [new("b_dec", "b_dec"), new(K), new(Threshold), new("decoder.weight", "W_dec", true), new("encoder.weight", "W_enc", true),
                new("encoder.bias", "b_enc")]),
        new(BatchTopK, SaeArchitecture.JumpRelu, true,
            [new("b_dec", "b_dec"), new(K), new(Threshold), new("decoder.weight", "W_dec", true), new("encoder.weight", "W_enc", true),
                new("encoder.bias", "b_enc")]),
        new(Matryoshka, SaeArchitecture.JumpRelu, true,
            [new("W_enc", "W_enc"), new("b_enc", "b_enc"), new("W_dec", "W_dec"), new("b_dec", "b_dec"), new(K), new(Threshold), new(GroupSizes)]),
    ];

    /// <summary>A tensor that is a setting: latents kept, the one threshold of all latents, the sizes of nested prefixes.</summary>
    public const string K = "k", Threshold = "threshold", GroupSizes = "group_sizes";

    public const string AutoEncoder = "AutoEncoder", BatchTopK = "BatchTopKSAE", Matryoshka = "MatryoshkaBatchTopKSAE";

    /// <summary>Whether all latents have one threshold.</summary>
    public bool SharesThreshold => Name is BatchTopK or Matryoshka;

    /// <summary>Whether the library brings the decoder's directions to norm 1 when it loads the class, and multiplies the latents by what they were.</summary>
    public bool NormalizesDecoder => Name == AutoEncoder;

    /// <summary>torch.allclose: how far norms may be from 1 for the library to leave a decoder as it is.</summary>
    public const double NormTolerance = 1e-5 + 1e-8;

    public bool Has(string setting) => Tensors.Any(tensor => tensor.Source == setting && tensor.Target is null);

    public static DictionaryClass Named(string name) => All.First(each => each.Name == name);
}

/// <summary>A tensor of such a class.</summary>
/// <param name="Source">Its name there.</param>
/// <param name="Target">Its name in SAELens's layout; null for a setting.</param>
/// <param name="Transposed">Whether it is the transpose of the one here.</param>
internal sealed record DictionaryTensor(string Source, string? Target = null, bool Transposed = false)
{
    /// <summary>Its shape there, when the one here is <paramref name="shape"/>.</summary>
    public long[] SourceShape(long[] shape) => Transposed ? [shape[1], shape[0]] : shape;
}
