using System.Globalization;

namespace SaeDashboard.Storage.Tables;

/// <summary>A preset as it is now. Its JSON is kept unchanged; a new name is kept next to it. Journals from before visibility and revisions have neither.</summary>
internal sealed record PresetDocument(
    string Id, string Name, string Json, string AuthorId, DateTimeOffset CreatedUtc, bool Shipped, DateTimeOffset? DeletedUtc,
    PresetVisibility? Visibility = null, string? Content = null, int? Revision = null, DateTimeOffset? ChangedUtc = null, string? ChangedBy = null, string? Note = null) : IDocument
{
    /// <summary>The number of what it is now; the first is 1.</summary>
    public int Number() => Revision ?? 1;

    public PresetVisibility Seen() => Visibility ?? PresetVisibility.Public;
}

/// <summary>What a preset was before a change.</summary>
internal sealed record PresetRevisionDocument(
    string Id, string PresetId, int Number, string Name, string Json, string AuthorId, DateTimeOffset CreatedUtc, string? Content, string? Note) : IDocument
{
    public static string IdOf(string preset, int number) => string.Create(CultureInfo.InvariantCulture, $"{preset}:{number}");

    /// <summary>The revision that a preset is now.</summary>
    public static PresetRevisionDocument Of(PresetDocument preset) => new(
        IdOf(preset.Id, preset.Number()), preset.Id, preset.Number(), preset.Name, preset.Json, preset.ChangedBy ?? preset.AuthorId, preset.ChangedUtc ?? preset.CreatedUtc, preset.Content, preset.Note);
}

/// <summary>The stars and the tags of a preset. Its id is the preset's.</summary>
internal sealed record PresetMarksDocument(string Id, IReadOnlyList<Rating> Ratings, IReadOnlyList<string> Tags) : IDocument
{
    /// <summary>Mean of the stars; null: there are no ratings.</summary>
    public double? MeanStars() => Ratings.Count == 0 ? null : Ratings.Average(rating => rating.Stars);
}

/// <summary>A comment on a preset, at a moment of its sound or on the whole.</summary>
internal sealed record PresetCommentDocument(
    string Id, string PresetId, string Text, double? At, string AuthorId, DateTimeOffset CreatedUtc, int Version, DateTimeOffset? EditedUtc, DateTimeOffset? DeletedUtc) : IDocument;

/// <summary>A link that opens a preset: its id is the random word in its address.</summary>
internal sealed record PresetLinkDocument(string Id, string PresetId, string AuthorId, DateTimeOffset CreatedUtc, DateTimeOffset? RevokedUtc) : IDocument;
