using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Exchange;

/// <summary>The first line of an exported file.</summary>
/// <param name="Export">The format's number.</param>
/// <param name="Site">The data folder it comes from: eight hex digits.</param>
/// <param name="At">When, UTC.</param>
internal sealed record HeaderLine(int Export, string Site, DateTimeOffset At)
{
    /// <summary>2: lists of features and saved views came. 3: queues and annotations. 4: what people say of presets and takes.</summary>
    public const int Newest = 4;
}

/// <summary>A person: the id holds the data folder's (“local@5f0c11aa”), since “local” is another person on every machine.</summary>
internal sealed record PersonPart(string Id, string Name);

internal sealed record RatingPart(PersonPart By, int Stars, DateTimeOffset At);

/// <summary>One revision of a feature's label with its ratings. Revisions of a feature follow each other, oldest first.</summary>
/// <param name="Kind">label.</param>
/// <param name="Sae">SHA-256 of the SAE's weights.</param>
/// <param name="Feature">Index in the dictionary.</param>
/// <param name="Text">The label; empty: it was taken away.</param>
/// <param name="By">Who wrote it.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Note">The author's note.</param>
/// <param name="Restores">When the revision was written whose text it uses again.</param>
/// <param name="Ratings">The stars it has.</param>
internal sealed record LabelLine(
    string Kind, string Sae, int Feature, string Text, PersonPart By, DateTimeOffset At, string? Note = null, DateTimeOffset? Restores = null, IReadOnlyList<RatingPart>? Ratings = null);

/// <summary>A preset.</summary>
/// <param name="Kind">preset.</param>
/// <param name="Id">Its id: the same on every machine.</param>
/// <param name="By">Who made it.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Preset">The preset as its file has it (docs/presets.md).</param>
/// <param name="Shipped">Whether it came with the program.</param>
/// <param name="Visibility">Who may see it; null: everyone at the site.</param>
internal sealed record PresetLine(string Kind, string Id, PersonPart By, DateTimeOffset At, JsonElement Preset, bool Shipped = false, PresetVisibility? Visibility = null);

/// <summary>A list of features.</summary>
/// <param name="Kind">list.</param>
/// <param name="Id">Its id: the same on every machine.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sae">SHA-256 of the SAE's weights.</param>
/// <param name="Features">Indices in the dictionary, ascending.</param>
/// <param name="By">Its owner.</param>
/// <param name="At">When it was made, UTC.</param>
/// <param name="Changed">When it was changed last, UTC.</param>
/// <param name="Shared">Whether others see it.</param>
internal sealed record ListLine(
    string Kind, string Id, string Name, string Sae, IReadOnlyList<int> Features, PersonPart By, DateTimeOffset At, DateTimeOffset Changed, bool Shared = false);

/// <summary>A saved view of the list of features.</summary>
/// <param name="Kind">view.</param>
/// <param name="Id">Its id: the same on every machine.</param>
/// <param name="Name">Its name.</param>
/// <param name="Query">The query of the address.</param>
/// <param name="By">Its owner.</param>
/// <param name="At">When it was saved, UTC.</param>
/// <param name="Sae">SHA-256 of the weights of the only SAE that it is for.</param>
/// <param name="Shared">Whether others see it.</param>
internal sealed record ViewLine(string Kind, string Id, string Name, string Query, PersonPart By, DateTimeOffset At, string? Sae = null, bool Shared = false);

/// <summary>A comment on a feature. Deleted ones are not exported.</summary>
/// <param name="Kind">comment.</param>
/// <param name="Id">Its id: the same on every machine.</param>
/// <param name="Sae">SHA-256 of the SAE's weights.</param>
/// <param name="Feature">Index in the dictionary.</param>
/// <param name="Text">What it says.</param>
/// <param name="By">Who wrote it.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Edited">When it was last edited, UTC.</param>
/// <param name="Clip">The clip and the span it is about.</param>
internal sealed record CommentLine(string Kind, string Id, string Sae, int Feature, string Text, PersonPart By, DateTimeOffset At, DateTimeOffset? Edited = null, CommentAnchor? Clip = null);

/// <summary>How the lines are written and read: a field that is missing, unknown or there twice is an error.</summary>
internal static class ExchangeJson
{
    public const string Label = "label", Preset = "preset", List = "list", View = "view", Comment = "comment", Queue = "queue", Annotation = "annotation", Marks = "marks", PresetComment = "presetComment", Link = "link", Take = "take";

    public static JsonSerializerOptions Options { get; } = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(StorageJson.Options)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
            AllowTrailingCommas = false,
            ReadCommentHandling = JsonCommentHandling.Disallow,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>People's ids across machines: “local” here is “local@5f0c11aa” elsewhere, and “local” again when it comes back.</summary>
internal static class SiteIds
{
    private const char Mark = '@';
    private const int SiteLength = 8;

    /// <summary>The id as other machines know it.</summary>
    public static string Outside(string id, string site) => IsForeign(id) ? id : $"{id}{Mark}{site}";

    /// <summary>The id as it is kept here.</summary>
    public static string Inside(string id, string site) => IsForeign(id) && id.EndsWith(site, StringComparison.Ordinal) ? id[..^(SiteLength + 1)] : id;

    /// <summary>Whether an id that is kept here is of a person of another data folder.</summary>
    public static bool IsForeign(string id) => id.Length > SiteLength + 1 && id[^(SiteLength + 1)] == Mark && id.TakeLast(SiteLength).All(char.IsAsciiHexDigitLower);
}
