using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>The states a take can be in.</summary>
public enum TakeState
{
    /// <summary>Waits for another generation.</summary>
    Queued,

    Running,

    Done,

    /// <summary>Stopped by a person: what was made until then is kept and plays.</summary>
    Cancelled,

    Failed,

    /// <summary>Its process ended without saying how. Never written: it is concluded by those who read.</summary>
    Interrupted,

    /// <summary>Its folder or what it says of itself cannot be read. Never written either.</summary>
    Unreadable,
}

/// <summary>What a take's state implies.</summary>
public static class TakeStates
{
    /// <summary>Whether a take in this state still changes by itself.</summary>
    public static bool IsLive(this TakeState state) => state is TakeState.Queued or TakeState.Running;
}

/// <summary>Everything that decides how a take sounds: what a person asked for, with the seed resolved.</summary>
public sealed record TakeSettings
{
    /// <summary>The model's folder.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The SAE's folder; null for a take without steering.</summary>
    public string? SaePath { get; init; }

    /// <summary>The prompt, or null for the null condition.</summary>
    public string? Prompt { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Length in codec frames.</summary>
    public required int Frames { get; init; }

    public double Guidance { get; init; } = 3;

    public double Temperature { get; init; } = 1;

    /// <summary>Tokens kept before the draw; 0 keeps all.</summary>
    public int TopK { get; init; } = 250;

    public double TopP { get; init; } = 1;

    /// <summary>Always the likeliest code: temperature, top-k and top-p then do nothing.</summary>
    public bool Greedy { get; init; }

    /// <summary>Beyond the longest window of the model: frames of a window; more than the longest: the longest. Null, with <see cref="Stride"/>: as
    /// the program does it.</summary>
    public int? Window { get; init; }

    /// <summary>Beyond the longest window of the model: frames from one window's beginning to the next one's; null: 0.6 of the window.</summary>
    public int? Stride { get; init; }

    /// <summary>The number of the piece in a batch: other noise from the same seed.</summary>
    public int Piece { get; init; }

    /// <summary>A sound that every arm begins with and continues; <see cref="Frames"/> counts its frames too. Null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeSound? Continue { get; init; }

    /// <summary>A sound whose melody is followed, by a model that follows one. Null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeSound? Melody { get; init; }

    /// <summary>Which half of the guidance pair is steered: both, conditional or unconditional.</summary>
    public string Rows { get; init; } = "both";

    /// <summary>The arms to make, of <see cref="TakeArms"/>, all from the same noise.</summary>
    public IReadOnlyList<string> Arms { get; init; } = [TakeArms.Baseline, TakeArms.Steered];

    public IReadOnlyList<TakeSteer> Steers { get; init; } = [];

    /// <summary>Knobs that were moved while it was generated, for <see cref="TakeArms.Moved"/>; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<KnobMove>? Moves { get; init; }

    /// <summary>What the control arms add; null: the defaults.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeControls? Controls { get; init; }

    /// <summary>Given: its knobs can be turned while it is generated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeLive? Live { get; init; }

    /// <summary>Made to be heard once, on another page than the Studio's: not listed, and deleted after a while unless a person keeps it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Preview { get; init; }
}

/// <summary>take.json: a take's settings and how far it has come. The same folder has A.wav, C.wav (growing, PCM16) and codes.json once done.</summary>
public sealed record TakeManifest
{
    public int SchemaVersion { get; init; } = 1;

    public required string Id { get; init; }

    public required TakeSettings Settings { get; init; }

    public required TakeState State { get; init; }

    public required DateTimeOffset CreatedUtc { get; init; }

    public DateTimeOffset? FinishedUtc { get; init; }

    /// <summary>SHA-256 of the model's weights; known once the model is loaded.</summary>
    public string? ModelHash { get; init; }

    /// <summary>SHA-256 of the codec's tensors: decides whether the codes can be played.</summary>
    public string? CodecHash { get; init; }

    /// <summary>SHA-256 of the SAE's weights.</summary>
    public string? SaeHash { get; init; }

    /// <summary>Where the SAE reads and writes, for example <c>layers.4.resid_post</c>.</summary>
    public string? Hook { get; init; }

    /// <summary>Samples a second of the WAVs.</summary>
    public int SampleRate { get; init; }

    /// <summary>Whether the WAVs have two channels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Stereo { get; init; }

    /// <summary>Codec frames a second.</summary>
    public double FrameRate { get; init; }

    /// <summary>Of a take longer than the model's longest window: frames of a window; null: one window, or a take of before this was kept.</summary>
    public int? Window { get; init; }

    /// <summary>Of such a take: frames from one window's beginning to the next one's.</summary>
    public int? Stride { get; init; }

    /// <summary>Samples that each channel of each arm will have when it is whole.</summary>
    public long Samples { get; init; }

    /// <summary>Times the steering hook ran: proof that strength 0 was computed, not skipped.</summary>
    public long HookCalls { get; init; }

    /// <summary>What went wrong, for a person.</summary>
    public string? Error { get; init; }

    /// <summary>The SAEs of a take that reads or steers more than one, in the order in which it uses them; null: at most one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TakeSae>? Saes { get; init; }

    /// <summary>The arms that ended before the others, by their letters; null: none did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, TakeArmEnd>? Ended { get; init; }

    /// <summary>How often the moved arms were generated again from a column on, because a knob was turned.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Revision { get; init; }
}

/// <summary>An SAE that a take uses.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="WeightsHash">SHA-256 of the weights.</param>
/// <param name="Hook">Where it reads and writes, for example <c>layers.4.resid_post</c>.</param>
public sealed record TakeSae(string Path, string WeightsHash, string Hook);

/// <summary>How an arm ended that did not reach the take's end. Its sound until then is kept.</summary>
/// <param name="Column">The column at which it ended.</param>
/// <param name="Samples">Samples of its sound.</param>
/// <param name="Message">Why, for a person.</param>
public sealed record TakeArmEnd(int Column, long Samples, string Message);
