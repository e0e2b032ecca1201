using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>A preset in a list, without its codes.</summary>
/// <param name="Id">Its id, which ends its link.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does, in a sentence or two.</param>
/// <param name="Prompt">The prompt; null: the null condition.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Steers">The steered features.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights.</param>
/// <param name="SaeName">The SAE's name where the preset was made.</param>
/// <param name="CodecHash">SHA-256 of the codec that plays its codes.</param>
/// <param name="AuthorId">Who made it here, or brought it here.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Shipped">Whether it came with the program.</param>
public sealed record PresetRow(
    string Id, string Name, string Description, string? Prompt, double Seconds, IReadOnlyList<PresetSteer> Steers, string SaeHash, string SaeName, string CodecHash,
    string AuthorId, string Author, DateTimeOffset CreatedUtc, bool Shipped)
{
    /// <summary>Who may see it.</summary>
    public PresetVisibility Visibility { get; init; }

    /// <summary>The number of its newest revision; the first is 1.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>SHA-256 of what determines its sound; null: its codes cannot be read.</summary>
    public string? Content { get; init; }

    /// <summary>Who made it, as its file says; null: it does not.</summary>
    public string? Credit { get; init; }

    /// <summary>Its licence's SPDX identifier; null: none is given.</summary>
    public string? Licence { get; init; }

    /// <summary>The preset that it was made from; null: none.</summary>
    public PresetParent? Parent { get; init; }

    /// <summary>Its tags, in the order of adding.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Mean of its stars; null: not rated.</summary>
    public double? MeanStars { get; init; }

    /// <summary>How many have rated it.</summary>
    public int Ratings { get; init; }

    /// <summary>How many comments it has.</summary>
    public int Comments { get; init; }

    /// <summary>Whether a person sees it in lists and opens it without a link.</summary>
    public bool IsFor(Actor actor) => Visibility == PresetVisibility.Public || AuthorId == actor.UserId;
}

/// <summary>A preset with its author.</summary>
/// <param name="Id">Its id, which ends its link.</param>
/// <param name="Preset">The preset.</param>
/// <param name="AuthorId">Who made it here, or brought it here.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Shipped">Whether it came with the program.</param>
/// <param name="DeletedUtc">When it was deleted; null: not deleted.</param>
public sealed record StoredPreset(string Id, SteeringPreset Preset, string AuthorId, string Author, DateTimeOffset CreatedUtc, bool Shipped, DateTimeOffset? DeletedUtc)
{
    /// <summary>Who may see it.</summary>
    public PresetVisibility Visibility { get; init; }

    /// <summary>The number of its newest revision; the first is 1.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>Whether a person may open it without a link.</summary>
    public bool IsFor(Actor actor) => Visibility == PresetVisibility.Public || AuthorId == actor.UserId;
}

/// <summary>A deleted preset.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="DeletedUtc">When it was deleted.</param>
/// <param name="AuthorId">Who made it.</param>
/// <param name="Visibility">Who may see it.</param>
public sealed record DeletedPreset(string Id, string Name, DateTimeOffset DeletedUtc, string AuthorId, PresetVisibility Visibility);

/// <summary>A revision of a preset.</summary>
/// <param name="Number">The first is 1.</param>
/// <param name="Name">The preset's name in it.</param>
/// <param name="Author">Who made the revision.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Note">What they said of it; null: nothing.</param>
/// <param name="Content">SHA-256 of what determines its sound; null: not known.</param>
/// <param name="Json">The preset as it is kept.</param>
public sealed record PresetRevision(int Number, string Name, string Author, DateTimeOffset CreatedUtc, string? Note, string? Content, [property: JsonIgnore] string Json)
{
    /// <summary>The preset of this revision.</summary>
    public SteeringPreset Whole() => PresetRepository.Whole(Json, Name);
}

/// <summary>What lists show of a preset, read once from its JSON, without codes.</summary>
internal sealed record PresetFacts(string? Description, string? Prompt, int Frames, IReadOnlyList<PresetSteer> Steers, PresetSae Sae, PresetModel Model)
{
    public string? Author { get; init; }

    public string? Licence { get; init; }

    public PresetParent? Parent { get; init; }

    /// <summary>The hash of its content, for a preset that was kept before hashes were.</summary>
    [JsonIgnore]
    public string? Content { get; private init; }

    [JsonIgnore]
    public double Seconds => Model.FrameRate > 0 ? Frames / Model.FrameRate : 0;

    public static PresetFacts Of(PresetDocument preset) => JsonSerializer.Deserialize<PresetFacts>(preset.Json, JsonDefaults.Data)! with
    {
        Content = preset.Content is null ? PresetRepository.ContentOf(PresetRepository.Whole(preset.Json, preset.Name)) : null,
    };
}
