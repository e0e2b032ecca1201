namespace SaeDashboard.Storage.Tables;

/// <summary>Something that people write. The journal and LiteDB keep it as a whole; it is replaced, never changed.</summary>
internal interface IDocument
{
    /// <summary>Unique among the documents of its table; ordinal.</summary>
    string Id { get; }
}

internal sealed record UserDocument(string Id, string Name, DateTimeOffset CreatedUtc) : IDocument;

/// <summary>A feature's label: every revision, oldest first. The last one is the current label; an empty text is "no label any more".</summary>
internal sealed record LabelDocument(string Id, string SaeHash, int Feature, IReadOnlyList<Revision> Revisions) : IDocument
{
    public static string IdOf(FeatureKey key) => $"{key.SaeHash}:{key.Feature}";
}

internal sealed record Revision(
    long Id, string Text, string? Note, string AuthorId, DateTimeOffset CreatedUtc, long? RestoredFrom, IReadOnlyList<Rating> Ratings)
{
    /// <summary>Mean of the stars; null: there are no ratings.</summary>
    public double? MeanStars() => Ratings.Count == 0 ? null : Ratings.Average(rating => rating.Stars);
}

internal sealed record Rating(string UserId, int Stars, DateTimeOffset RatedUtc);

/// <summary>A preset. Its JSON is kept unchanged; a new name is a separate field.</summary>
internal sealed record PresetDocument(string Id, string Name, string Json, string AuthorId, DateTimeOffset CreatedUtc, bool Shipped, DateTimeOffset? DeletedUtc) : IDocument;

internal sealed record TakeDocument(
    string Id, string Name, bool Starred, int? Stars, double Position, string OwnerId, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc) : IDocument;

internal sealed record RunDocument(string Id, string Name, string OwnerId, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc) : IDocument;

internal sealed record JobDocument(
    string Id, long Number, string RunId, JobKind Kind, string Device, RunState State, string? Message, string OwnerId,
    DateTimeOffset QueuedUtc, DateTimeOffset? StartedUtc, DateTimeOffset? EndedUtc) : IDocument
{
    public static string IdOf(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

internal sealed record DraftDocument(string Id, string UserId, string Key, string Json, DateTimeOffset UpdatedUtc) : IDocument
{
    // Keys are the program's own words, without a colon.
    public static string IdOf(string key, string userId) => $"{key}:{userId}";
}

internal sealed record LocationDocument(string Id, string Kind, bool Shipped, string AddedBy, DateTimeOffset AddedUtc, DateTimeOffset? RemovedUtc) : IDocument;
