namespace SaeDashboard.Storage;

/// <summary>One version of a feature's label. Revisions are never changed: what people think becomes a new one.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Key">The feature.</param>
/// <param name="Text">The label; empty: the label was taken away.</param>
/// <param name="Note">What the author adds.</param>
/// <param name="AuthorId">Who wrote it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="RestoredFrom">The revision whose text it took up again.</param>
/// <param name="Stars">Mean of the ratings, 1 … 5; null: none.</param>
/// <param name="Ratings">How many people rated it.</param>
/// <param name="Mine">The stars of the person who asks.</param>
public sealed record LabelRevision(
    long Id, FeatureKey Key, string Text, string? Note, string AuthorId, string Author, DateTimeOffset CreatedUtc, long? RestoredFrom, double? Stars, int Ratings, int? Mine);
