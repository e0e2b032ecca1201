using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>
/// A steering that can be shared: what was asked, which features were turned, and the codes both arms gave, so that it
/// sounds the same on another machine before anything is generated there. Stored as one JSON file.
/// </summary>
public sealed record SteeringPreset
{
    /// <summary>Version of the layout; a reader refuses a newer one. Written as the oldest that knows every field it has.</summary>
    public int SchemaVersion { get; init; } = 1;

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Who made it, as they are called; null: not said. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Author { get; init; }

    /// <summary>One of <see cref="PresetLicences"/>, by its SPDX identifier; null: none is given. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Licence { get; init; }

    /// <summary>The preset that this one was made from; null: none. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PresetParent? Parent { get; init; }

    /// <summary>The prompt, or null for the null condition.</summary>
    public string? Prompt { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Length in codec frames.</summary>
    public required int Frames { get; init; }

    public required double Guidance { get; init; }

    public required double Temperature { get; init; }

    /// <summary>Tokens kept before the draw; 0 keeps all.</summary>
    public required int TopK { get; init; }

    public required double TopP { get; init; }

    /// <summary>Always the likeliest code: temperature, topK and topP then do nothing. Since layout 2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Greedy { get; init; }

    /// <summary>Of a piece longer than the model's longest window: frames of a window. Null: the longest, which is what every preset of layout
    /// 1 was made with. Since layout 2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? Window { get; init; }

    /// <summary>Of such a piece: frames from one window's beginning to the next one's. Null: 0.6 of the window, as in layout 1. Since layout
    /// 2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? Stride { get; init; }

    /// <summary>The piece's number in the batch that it was made in: other noise from the same seed. Since layout 2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Piece { get; init; }

    /// <summary>A sound that both arms begin with and continue, with its codes; null: none. Since layout 4.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeSound? Continue { get; init; }

    /// <summary>A sound whose melody is followed, with its pitch classes; null: none. Since layout 4.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeSound? Melody { get; init; }

    public required PresetSae Sae { get; init; }

    /// <summary>Further SAEs that steers and conditions name by the hashes of their weights; null: none. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PresetSae>? Saes { get; init; }

    public required IReadOnlyList<PresetSteer> Steers { get; init; }

    /// <summary>Knobs that were moved while it was generated; null: none. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<KnobMove>? Moves { get; init; }

    /// <summary>Given: it was generated live, in blocks that decide the rounding of the samples. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeLive? Live { get; init; }

    /// <summary>Which half of the guidance pair is steered: both, conditional or unconditional.</summary>
    public string Rows { get; init; } = "both";

    public required PresetModel Model { get; init; }

    /// <summary>The codes of each arm: <c>baseline</c> and <c>steered</c>.</summary>
    public required IReadOnlyDictionary<string, PresetCodes> Arms { get; init; }
}

/// <summary>Which model made a preset's codes. The codec's hash alone decides whether the codes can be played.</summary>
/// <param name="Name">The folder's name, for people.</param>
/// <param name="WeightsHash">SHA-256 of all weights.</param>
/// <param name="CodecHash">SHA-256 of the codec's tensors.</param>
/// <param name="FrameRate">Frames a second, Hz.</param>
public sealed record PresetModel(string Name, string WeightsHash, string CodecHash, double FrameRate);

/// <summary>Which SAE a preset steers with: named by the hash of its weights, so that a renamed folder is still found.</summary>
/// <param name="Name">The folder's name, for people.</param>
/// <param name="WeightsHash">SHA-256 of the tensors in SAELens layout as float32, in order of their names.</param>
/// <param name="Hook">Where it reads and writes, for example <c>layers.4.resid_post</c>.</param>
public sealed record PresetSae(string Name, string WeightsHash, string Hook);

/// <summary>One turned feature.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Strength">How far, in multiples of the feature's p99 (of 1 for scaling).</param>
/// <param name="Mode">The name of a <see cref="SteerMode"/>.</param>
/// <param name="P99">The p99 the strength is a multiple of, so that the preset means the same after the index is rebuilt.</param>
/// <param name="Label">What the feature was called when the preset was made; null: it had no label. Since layout 3.</param>
/// <param name="Direction">Its decoder direction per unit of activation <c>[width]</c>, float16 little-endian as base64: finds the feature's counterpart in
/// another SAE where this one is not there. Null: not kept. Since layout 3.</param>
public sealed record PresetSteer(
    int Feature, double Strength, string Mode, double P99, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Label = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Direction = null)
{
    /// <summary>SHA-256 of the weights of its SAE; null: the preset's own. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sae { get; init; }

    /// <summary>The first column at which it acts. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Onset { get; init; }

    /// <summary>How much of it acts at which column; null: all of it everywhere. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EnvelopePoint>? Envelope { get; init; }

    /// <summary>It acts only where this holds; null: everywhere. Its SAE is a hash of weights. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SteerCondition? Condition { get; init; }

    /// <summary>It changes nothing until a move says otherwise. Since layout 3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Muted { get; init; }
}

/// <summary>The preset that another was made from.</summary>
/// <param name="Content">SHA-256 of what determines its sound (docs/presets.md): the same on every machine.</param>
/// <param name="Name">What it was called.</param>
/// <param name="Author">Who made it; null: not said.</param>
public sealed record PresetParent(string Content, string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Author = null);

/// <summary>Who may see a preset at a site. Not part of its file.</summary>
public enum PresetVisibility
{
    /// <summary>Listed for everyone at the site.</summary>
    Public,

    /// <summary>Opened by those who have a link; listed for its author alone.</summary>
    Unlisted,

    /// <summary>Seen by its author alone; its links open nothing.</summary>
    Private,
}

/// <summary>The licences that a preset may name, by their SPDX identifiers.</summary>
public static class PresetLicences
{
    /// <summary>Identifier and name, in the order in which they are offered.</summary>
    public static IReadOnlyList<(string Id, string Name)> All { get; } =
    [
        ("CC0-1.0", "Creative Commons Zero"),
        ("CC-BY-4.0", "Creative Commons Attribution"),
        ("CC-BY-SA-4.0", "Creative Commons Attribution-ShareAlike"),
        ("CC-BY-NC-4.0", "Creative Commons Attribution-NonCommercial"),
        ("CC-BY-NC-SA-4.0", "Creative Commons Attribution-NonCommercial-ShareAlike"),
        ("CC-BY-ND-4.0", "Creative Commons Attribution-NoDerivatives"),
        ("CC-BY-NC-ND-4.0", "Creative Commons Attribution-NonCommercial-NoDerivatives"),
        ("MIT", "MIT License"),
        ("Apache-2.0", "Apache License"),
    ];

    /// <summary>Whether it is one of them.</summary>
    public static bool Knows(string id) => All.Any(licence => licence.Id == id);
}

/// <summary>The codes of one arm.</summary>
/// <param name="Codebooks">Rows.</param>
/// <param name="Frames">Columns.</param>
/// <param name="Base64">int16 little-endian, codebook by codebook.</param>
public sealed record PresetCodes(int Codebooks, int Frames, string Base64);

/// <summary>The arms that every preset carries.</summary>
public static class PresetArms
{
    /// <summary>As the model would have it; arm A of a take.</summary>
    public const string Baseline = "baseline";

    /// <summary>With the features turned; arm C of a take.</summary>
    public const string Steered = "steered";
}

/// <summary>What a preset may hold. Wide enough for whatever the studio makes, narrow enough that a stranger's file cannot hurt.</summary>
public static class PresetLimits
{
    /// <summary>Of the whole file: both arms of ten minutes, of a stereo model too.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    public const int MaxDescription = 4000;

    /// <summary>Of a feature's label, in characters.</summary>
    public const int MaxLabel = 200;

    /// <summary>Of a decoder direction: values, one a channel of the residual stream.</summary>
    public const int MaxWidth = 8192;
    public const int MaxPrompt = 4000;

    /// <summary>Ten minutes at 50 frames a second.</summary>
    public const int MaxFrames = 30_000;

    /// <summary>Pieces that are made at once.</summary>
    public const int MaxBatch = 64;

    public const int MaxSteers = 64;

    /// <summary>In multiples of p99, either way. The studio's faders end at 6; far beyond that there is only noise.</summary>
    public const double MaxStrength = 20;

    /// <summary>Larger activations than any real feature's.</summary>
    public const double MaxP99 = 1e6;

    /// <summary>Latents of the largest dictionary.</summary>
    public const int MaxFeature = 1 << 24;

    public const double MaxGuidance = 50;
    public const double MaxTemperature = 10;
    public const int MaxTopK = 65_536;
    public const int MaxCodebooks = 32;

    /// <summary>MusicGen's codecs have at most 2,048 codes a codebook.</summary>
    public const int MaxCode = 2047;

    /// <summary>Codec frames a second, Hz.</summary>
    public const double MaxFrameRate = 1000;
}

/// <summary>
/// How a steer changes its latent f_j, given the strength α and p99, the 99th percentile of the feature's positive activations.
/// </summary>
public enum SteerMode
{
    /// <summary>Adds α·p99 (no encoder needed). Strength 0 changes nothing.</summary>
    Add,

    /// <summary>Sets f_j to α·p99. Weaker than adding where the feature is already active. Strength 0 switches it off.</summary>
    Clamp,

    /// <summary>Raises f_j to α·p99 where it is lower. Strength 0 changes nothing.</summary>
    AtLeast,

    /// <summary>Multiplies f_j by α. Strength 1 changes nothing.</summary>
    Scale,

    /// <summary>Sets f_j to 0; the strength is not used.</summary>
    Ablate,
}

/// <summary>
/// Which half of a guided row is steered. Guided logits are u + s·(c − u), so to first order a change of both halves has its own size, a
/// change of the conditional half is multiplied by the guidance scale s, and one of the unconditional half by 1 − s (it pushes away).
/// Without guidance there is only the conditional half: <see cref="Unconditional"/> then steers nothing.
/// </summary>
public enum SteerRows
{
    /// <summary>Both halves: a strength has the same effect at every guidance scale. The default.</summary>
    Both,

    /// <summary>The half with the prompt.</summary>
    Conditional,

    /// <summary>The half without the prompt.</summary>
    Unconditional,
}
