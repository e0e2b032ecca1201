using System.Globalization;
using System.Text.Json.Serialization;

namespace SaeDashboard.Web.Studio;

/// <summary>What a person has set up in the studio and not lost: kept on the server as JSON, one per person.</summary>
public sealed record StudioDraft
{
    public string Prompt { get; init; } = "";

    public double Seconds { get; init; } = 8;

    public ulong Seed { get; init; } = 1;

    /// <summary>Whether the next take keeps <see cref="Seed"/>; otherwise it draws a new one.</summary>
    public bool SeedLocked { get; init; }

    public double Guidance { get; init; } = 3;

    public double Temperature { get; init; } = 1;

    /// <summary>Tokens kept before the draw; 0 keeps all.</summary>
    public int TopK { get; init; } = 250;

    /// <summary>The codes that are drawn from have at least this much of the probability; 1: all of them.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Whether the likeliest code is always taken.</summary>
    public bool Greedy { get; init; }

    /// <summary>Which half of the guidance pair is steered: both, conditional or unconditional.</summary>
    public string Rows { get; init; } = "both";

    /// <summary>A sound that the next take continues; without codes until a take begins, with them when a take was restored. Null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeSound? Continue { get; init; }

    /// <summary>A sound whose melody the next take follows, likewise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeSound? Melody { get; init; }

    /// <summary>The SAE that features are added from, by its id in the catalog; null: the newest. Strips that name no other are of it.</summary>
    public string? Sae { get; init; }

    public IReadOnlyList<RackStrip> Rack { get; init; } = [];

    /// <summary>The control arms of the next take, of <see cref="Offered"/>, in any order.</summary>
    public IReadOnlyList<string> ControlArms { get; init; } = [];

    /// <summary>The control arm of a set-up that was kept when there could be one; null: none. It counts with <see cref="ControlArms"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Control { get; init; }

    /// <summary>What the control adds, of a take that was restored; null: it is chosen when a take begins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeControls? ControlSource { get; init; }

    /// <summary>What a restored take has beyond what the form offers; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RestoredSettings? Restored { get; init; }

    /// <summary>The controls that need nothing but the rack.</summary>
    public static IReadOnlyList<string> Controls { get; } = [TakeArms.Reversed, TakeArms.Random, TakeArms.Other, TakeArms.Reconstruction];

    /// <summary>The controls that this set-up can have.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Offered => ControlSource?.DiffMean is null ? Controls : [.. Controls, TakeArms.DiffMean];

    /// <summary>The control arms that the next take gets, in the order in which they are shown.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Compared => [.. Offered.Where(arm => arm == Control || ControlArms.Contains(arm))];

    /// <summary>This set-up with a control arm, or without it.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="on">Whether it is generated.</param>
    public StudioDraft WithControl(string arm, bool on) => this with { Control = null, ControlArms = [.. Compared.Where(each => each != arm), .. on ? new[] { arm } : []] };

    /// <summary>Whether the next take is live: its knobs can be turned while it is generated.</summary>
    public bool Live { get; init; }

    /// <summary>The last live take that the person began: the rack turns its knobs while it is generated. The racks of others do not.</summary>
    public string? LiveTake { get; init; }

    /// <summary>The rack with the SAE of every strip named.</summary>
    [JsonIgnore]
    public IReadOnlyList<RackStrip> Named => Studio.Rack.Rebase(Rack, Sae, null);

    /// <summary>This set-up with another SAE to add features from.</summary>
    /// <param name="sae">Its id.</param>
    /// <param name="keep">Whether the strips stay: it is of the same model.</param>
    public StudioDraft WithSae(string sae, bool keep) => this with { Sae = sae, Rack = keep ? Studio.Rack.Rebase(Rack, Sae, sae) : [] };

    /// <summary>This set-up without one earlier change. What was changed since then stays.</summary>
    /// <param name="before">The set-up before that change.</param>
    /// <param name="after">The set-up after it.</param>
    public StudioDraft Undo(StudioDraft before, StudioDraft after)
    {
        // A change to another model's SAE removed the rack: it is undone as a whole.
        var otherSae = before.Sae != after.Sae;
        var cleared = otherSae && before.Named.Select(strip => strip.Key).Except(after.Named.Select(strip => strip.Key)).Any();
        var sae = Of(draft => draft.Sae);
        var controls = Compared.SequenceEqual(after.Compared) ? before : this;
        var rack = !cleared ? Studio.Rack.Rebase(Studio.Rack.Undo(Named, before.Named, after.Named), null, sae) : Sae != after.Sae ? Rack : before.Rack;
        return this with
        {
            Prompt = Of(draft => draft.Prompt),
            Seconds = Of(draft => draft.Seconds),
            Seed = Of(draft => draft.Seed),
            SeedLocked = Of(draft => draft.SeedLocked),
            Guidance = Of(draft => draft.Guidance),
            Temperature = Of(draft => draft.Temperature),
            TopK = Of(draft => draft.TopK),
            Rows = Of(draft => draft.Rows),
            TopP = Of(draft => draft.TopP),
            Greedy = Of(draft => draft.Greedy),
            Control = controls.Control,
            ControlArms = controls.ControlArms,
            ControlSource = Of(draft => draft.ControlSource),
            Restored = Of(draft => draft.Restored),
            Live = Of(draft => draft.Live),
            Continue = Of(draft => draft.Continue),
            Melody = Of(draft => draft.Melody),
            Sae = sae,
            Rack = rack,
        };

        T Of<T>(Func<StudioDraft, T> setting) => Equals(setting(this), setting(after)) ? setting(before) : setting(this);
    }
}

/// <summary>What decides how a restored take sounds and the Studio's form does not offer: kept until it is reset.</summary>
public sealed record RestoredSettings
{
    /// <summary>The number of the piece in its batch: other noise from the same seed.</summary>
    public int Piece { get; init; }

    /// <summary>Frames of a window, of a take longer than the model's longest; null: as usual.</summary>
    public int? Window { get; init; }

    /// <summary>Frames from one window's beginning to the next one's; null: as usual.</summary>
    public int? Stride { get; init; }

    /// <summary>Frames that the codec decodes at once, of a live take; null: as usual.</summary>
    public int? Block { get; init; }

    /// <summary>What is kept of a take's settings; null: nothing.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="window">The windows that were used, where the settings leave them open.</param>
    /// <param name="stride">Likewise.</param>
    public static RestoredSettings? Of(TakeSettings settings, int? window, int? stride)
    {
        window ??= settings.Window;
        // A longer window than the piece decides nothing, and no model's is shorter than this.
        if (window == int.MaxValue && settings.Frames <= ShortFrames) window = null;
        var kept = new RestoredSettings { Piece = settings.Piece, Window = window, Stride = stride ?? settings.Stride, Block = settings.Live?.Block };
        return kept == new RestoredSettings() ? null : kept;
    }

    private const int ShortFrames = 1000;

    /// <summary>What it says, for a person.</summary>
    public string Words(double frameSeconds) => string.Join("; ", new[]
    {
        Piece == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"piece {Piece + 1} of its batch"),
        Window is null && Stride is null ? null : Window == int.MaxValue ? "the longest windows" : string.Create(CultureInfo.InvariantCulture, $"windows of {(Window ?? 0) * frameSeconds:0.##} s, a new one every {(Stride ?? 0) * frameSeconds:0.##} s"),
        Block is { } block ? string.Create(CultureInfo.InvariantCulture, $"decoded {block} frames at a time, as it was live") : null,
    }.OfType<string>());
}
