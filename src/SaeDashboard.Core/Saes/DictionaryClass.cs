using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Core.TorchFiles;

namespace SaeDashboard.Core.Saes;

/// <summary>A class of dictionary_learning: its tensors in the order of its state dict, and the tensors they map to.</summary>
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

    /// <summary>Whether the library normalises the decoder's directions when it loads the class, and multiplies the latents by the norms.</summary>
    public bool NormalizesDecoder => Name == AutoEncoder;

    /// <summary>torch.allclose: how far norms may be from 1 for the library not to change a decoder.</summary>
    public const double NormTolerance = 1e-5 + 1e-8;

    public bool Has(string setting) => Tensors.Any(tensor => tensor.Source == setting && tensor.Target is null);

    public static DictionaryClass Named(string name) => All.First(each => each.Name == name);
}

/// <summary>A tensor of such a class.</summary>
/// <param name="Source">Its name there.</param>
/// <param name="Target">Its name in SAELens's layout; null for a setting.</param>
/// <param name="Transposed">Whether it is the transpose of SAELens's tensor.</param>
internal sealed record DictionaryTensor(string Source, string? Target = null, bool Transposed = false)
{
    /// <summary>Its shape in the library, for the SAELens shape <paramref name="shape"/>.</summary>
    public long[] SourceShape(long[] shape) => Transposed ? [shape[1], shape[0]] : shape;
}

/// <summary>
/// The settings of a dictionary_learning class. Settings without effect at inference (the k of a BatchTopK SAE, a TopK SAE's threshold, the
/// sizes of nested prefixes) are kept in the metadata, so that a folder is written back unchanged.
/// </summary>
/// <param name="K">Latents kept in a column, on average or exactly.</param>
/// <param name="Threshold">One threshold for all latents.</param>
/// <param name="GroupSizes">Sizes of the groups whose prefixes are trained to reconstruct on their own (Matryoshka).</param>
internal sealed record DictionarySettings(int? K, float? Threshold, IReadOnlyList<long>? GroupSizes)
{
    /// <summary>dictionary_learning's value for "not measured".</summary>
    private const float NoThreshold = -1;

    public static DictionarySettings Read(JsonObjectReader json, DictionaryClass kind, TorchFile file)
    {
        var trainer = json.ObjectOrEmpty("trainer");
        int? k = null;
        if (kind.Has(DictionaryClass.K))
        {
            k = Scalar(file, DictionaryClass.K) is { } number
                ? Whole(number) ?? throw new UserException($"{file.Path}: \"k\" is {number}, not a positive whole number.")
                : trainer.IntegerOrNone("k") ?? throw new UserException($"{file.Path} has no \"k\", and {json.File} no \"trainer.k\": {kind.Name} needs one.");
            if (trainer.IntegerOrNone("k") is { } said && said != k)
                throw trainer.Wrong("k", $", but \"k\" in {file.Path} is {k}: the two files do not belong together.");
        }
        var threshold = kind.Has(DictionaryClass.Threshold) ? (float?)Scalar(file, DictionaryClass.Threshold) : null;
        if (kind.SharesThreshold && threshold is null)
            throw new UserException($"{file.Path} has no \"threshold\", which {kind.Name} needs. Fetch or export the SAE again.");
        IReadOnlyList<long>? groups = null;
        if (kind.Has(DictionaryClass.GroupSizes))
        {
            if (!file.Tensors.TryGetValue(DictionaryClass.GroupSizes, out var sizes) || sizes.Shape.Count != 1)
                throw new UserException($"{file.Path} has no list \"group_sizes\", which {kind.Name} needs. Fetch or export the SAE again.");
            groups = file.ReadIntegers(DictionaryClass.GroupSizes);
        }
        return new DictionarySettings(k, threshold, groups);
    }

    /// <summary>The settings of an SAE of any folder: dictionary_learning's own, or SAELens's training settings.</summary>
    public static DictionarySettings Of(SaeContents sae)
    {
        var others = sae.Config.Metadata.Others;
        var kept = others[DictionaryMetadata.Member] as JsonObject;
        var training = others["training_architecture_details"] as JsonObject;
        var k = sae.Config.Architecture.HasK() ? sae.Config.K : Whole(kept?["k"]) ?? Whole(training?["k"]);
        var shared = sae.Tensors.TryGetValue("threshold", out var thresholds) && thresholds.AsSpan().IndexOfAnyExcept(thresholds[0]) < 0
            ? thresholds[0]
            : (float?)null;
        var threshold = sae.Config.Architecture == SaeArchitecture.TopK ? (float?)Number(kept?["threshold"]) ?? NoThreshold : shared;
        var groups = Sizes(kept?["group_sizes"] as JsonArray, nested: false, sae.Config.DSae)
            ?? Sizes(training?["matryoshka_widths"] as JsonArray, nested: true, sae.Config.DSae);
        return new DictionarySettings(k is >= 1 && k <= sae.Config.DSae ? k : null, threshold, groups);
    }

    /// <summary>The class that computes such an SAE; null: none.</summary>
    /// <param name="config">The SAE.</param>
    /// <param name="hasUnitDecoder">Whether its decoder's rows have norm 1: otherwise a class that normalises them would change the latents.</param>
    public DictionaryClass? ClassOf(SaeConfig config, bool hasUnitDecoder)
    {
        if (config.Architecture != SaeArchitecture.JumpRelu || !config.ApplyBDecToInput)
            return DictionaryClass.All.FirstOrDefault(kind =>
                kind.Architecture == config.Architecture && kind.ApplyBDecToInput == config.ApplyBDecToInput && (hasUnitDecoder || !kind.NormalizesDecoder));
        if (K is null || Threshold is null) return null;
        return DictionaryClass.Named(GroupSizes is null ? DictionaryClass.BatchTopK : DictionaryClass.Matryoshka);
    }

    /// <summary>The class that computes the SAE.</summary>
    /// <exception cref="UserException">There is no such class.</exception>
    public DictionaryClass RequireClass(SaeContents sae) => ClassOf(sae.Config, SaeConversion.HasUnitDecoder(sae))
        ?? throw SaeConversion.CannotSay(SaeFormat.DictionaryLearning, $"{sae.Config.Architecture.Name()} SAEs of this kind");

    public void RequireFit(int latents, string path)
    {
        if (K > latents) throw new UserException($"{path}: \"k\" is {K}, more than the {latents} latents there are.");
        if (GroupSizes is not null && (GroupSizes.Any(size => size < 1 || size > latents) || GroupSizes.Sum() != latents))
            throw new UserException($"{path}: \"group_sizes\" do not add up to the {latents} latents there are.");
    }

    /// <summary>A setting in the form of the state dict.</summary>
    public TorchTensorData ToTensor(string name) => name switch
    {
        DictionaryClass.K => new(name, TensorDType.Int32, [], [], BitConverter.GetBytes(K!.Value)),
        DictionaryClass.Threshold => new(name, TensorDType.Float32, [], [], BitConverter.GetBytes(Threshold!.Value)),
        DictionaryClass.GroupSizes => new(name, TensorDType.Int64, [GroupSizes!.Count], [1], MemoryMarshal.AsBytes<long>(GroupSizes.ToArray()).ToArray()),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not a setting."),
    };

    private static double? Scalar(TorchFile file, string name)
    {
        if (file.Numbers.TryGetValue(name, out var number)) return number;
        if (!file.Tensors.TryGetValue(name, out var tensor)) return null;
        if (tensor.ElementCount != 1) throw new UserException($"{file.Path}: tensor \"{name}\" is {tensor.Describe()}, not one number.");
        return tensor.DType is TensorDType.Int64 or TensorDType.Int32 ? file.ReadIntegers(name)[0] : file.ReadFloat32(name)[0];
    }

    // Compared as text: a parsed number and an assigned one are different types.
    private static double? Number(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number
        && double.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static int? Whole(JsonNode? node) => Whole(Number(node));

    private static int? Whole(double? value) => value is { } number and >= 1 and <= int.MaxValue && number == Math.Floor(number) ? (int)number : null;

    private static long[]? Sizes(JsonArray? list, bool nested, int latents)
    {
        if (list is null || list.Count == 0) return null;
        var sizes = new long[list.Count];
        for (var (i, before) = (0, 0); i < sizes.Length; i++)
        {
            if (Whole(list[i]) is not { } size || size <= (nested ? before : 0)) return null;
            sizes[i] = nested ? size - before : size;
            before = size;
        }
        return sizes.Sum() == latents ? sizes : null;
    }
}
