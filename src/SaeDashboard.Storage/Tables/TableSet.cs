namespace SaeDashboard.Storage.Tables;

/// <summary>All user data in memory, for pages to read. A write becomes visible as a whole, after it is on the disk.</summary>
internal sealed class TableSet
{
    private readonly Dictionary<string, Table> byName;

    public TableSet()
    {
        All = [Users, Labels, Presets, Takes, Runs, Jobs, Drafts, Locations, Lists, Views, Comments, Queues, Items, PresetRevisions, PresetMarks, PresetComments, PresetLinks, Accounts, Sessions, Invites, ApiKeys];
        byName = All.ToDictionary(table => table.Name, StringComparer.Ordinal);
        Jobs.Changed += (_, after) => LastJob = Math.Max(LastJob, after?.Number ?? 0);
        Books = new LabelBooks(this);
        CommentBooks = new CommentBooks(this);
        AnnotationBooks = new AnnotationBooks(this);
    }

    /// <summary>Held for every read and while a write becomes visible: for microseconds, never during disk access.</summary>
    public Lock Gate { get; } = new();

    public Table<UserDocument> Users { get; } = new("users");

    public Table<LabelDocument> Labels { get; } = new("labels");

    public Table<PresetDocument> Presets { get; } = new("presets");

    public Table<TakeDocument> Takes { get; } = new("takes");

    public Table<RunDocument> Runs { get; } = new("runs");

    public Table<JobDocument> Jobs { get; } = new("jobs");

    public Table<DraftDocument> Drafts { get; } = new("drafts");

    public Table<LocationDocument> Locations { get; } = new("locations");

    public Table<FeatureListDocument> Lists { get; } = new("lists");

    public Table<SavedViewDocument> Views { get; } = new("views");

    public Table<CommentDocument> Comments { get; } = new("comments");

    public Table<QueueDocument> Queues { get; } = new("queues");

    public Table<ItemDocument> Items { get; } = new("annotations");

    public Table<PresetRevisionDocument> PresetRevisions { get; } = new("presetRevisions");

    public Table<PresetMarksDocument> PresetMarks { get; } = new("presetMarks");

    public Table<PresetCommentDocument> PresetComments { get; } = new("presetComments");

    public Table<PresetLinkDocument> PresetLinks { get; } = new("presetLinks");

    public Table<AccountDocument> Accounts { get; } = new("accounts");

    public Table<SessionDocument> Sessions { get; } = new("sessions");

    public Table<InviteDocument> Invites { get; } = new("invites");

    public Table<ApiKeyDocument> ApiKeys { get; } = new("apiKeys");

    public IReadOnlyList<Table> All { get; }

    /// <summary>Labels by SAE and feature.</summary>
    public LabelBooks Books { get; }

    /// <summary>Comments by SAE and feature.</summary>
    public CommentBooks CommentBooks { get; }

    /// <summary>Annotation queues with their progress.</summary>
    public AnnotationBooks AnnotationBooks { get; }

    /// <summary>The last job's number.</summary>
    public long LastJob { get; private set; }

    /// <summary>The table of that name; null: none.</summary>
    public Table? ByName(string name) => byName.GetValueOrDefault(name);

    /// <summary>A user's name, or the id of an unknown user. Under the gate.</summary>
    public string NameOf(string userId) => Users.Find(userId)?.Name ?? userId;

    public T? Find<T>(Table<T> table, string id) where T : class, IDocument
    {
        lock (Gate) return table.Find(id);
    }

    /// <summary>Makes a write visible, as a whole.</summary>
    public void Publish(IEnumerable<Change> changes)
    {
        lock (Gate)
        {
            foreach (var change in changes) change.Table.Publish(change);
        }
    }

    public void Clear()
    {
        lock (Gate)
        {
            foreach (var table in All) table.Clear();
        }
    }
}

/// <summary>A stored document. The journal and LiteDB keep it as a whole; it is replaced, never modified.</summary>
internal interface IDocument
{
    /// <summary>Unique among the documents of its table; ordinal.</summary>
    string Id { get; }
}

internal sealed record UserDocument(string Id, string Name, DateTimeOffset CreatedUtc) : IDocument;

/// <summary>A feature's label: every revision, oldest first. The last one is the current label; an empty text means that the label was removed.</summary>
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

/// <summary>A blind test of a take's arms.</summary>
internal sealed record AbxDocument(string Id, string UserId, string ArmA, string ArmB, string Seed, string Order, string Answers, DateTimeOffset AtUtc);

/// <summary>What people said of a take. Stars: the one rating of journals from before each person had their own; it counts as the owner's.</summary>
internal sealed record TakeDocument(
    string Id, string Name, bool Starred, int? Stars, double Position, string OwnerId, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc, IReadOnlyList<Rating>? Ratings = null,
    IReadOnlyList<AbxDocument>? Blind = null) : IDocument
{
    /// <summary>Everybody's rating.</summary>
    public IReadOnlyList<Rating> Rated() => Ratings ?? (Stars is { } stars ? [new Rating(OwnerId, stars, CreatedUtc)] : []);
}

/// <summary>What people wrote about a run. Journals from before tags and notes have neither.</summary>
internal sealed record RunDocument(
    string Id, string Name, string OwnerId, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc, IReadOnlyList<string>? Tags = null, string? Note = null) : IDocument;

internal sealed record JobDocument(
    string Id, long Number, string RunId, JobKind Kind, string Device, RunState State, string? Message, string OwnerId,
    DateTimeOffset QueuedUtc, DateTimeOffset? StartedUtc, DateTimeOffset? EndedUtc) : IDocument
{
    public static string IdOf(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

internal sealed record DraftDocument(string Id, string UserId, string Key, string Json, DateTimeOffset UpdatedUtc) : IDocument
{
    // Keys are the program's own, without a colon.
    public static string IdOf(string key, string userId) => $"{key}:{userId}";
}

internal sealed record LocationDocument(string Id, string Kind, bool Shipped, string AddedBy, DateTimeOffset AddedUtc, DateTimeOffset? RemovedUtc) : IDocument;

/// <summary>A list of features of one SAE, ascending.</summary>
internal sealed record FeatureListDocument(
    string Id, string Name, string SaeHash, IReadOnlyList<int> Features, string OwnerId, bool Shared, DateTimeOffset CreatedUtc, DateTimeOffset ChangedUtc, DateTimeOffset? DeletedUtc) : IDocument;

/// <summary>A saved view of the list of features. The query is that of an address.</summary>
internal sealed record SavedViewDocument(
    string Id, string Name, string Query, string? SaeHash, string OwnerId, bool Shared, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc) : IDocument;

/// <summary>A comment on a feature. A deleted one is kept: an import must not bring it back, and it can be restored.</summary>
internal sealed record CommentDocument(
    string Id, string SaeHash, int Feature, string Text, CommentAnchor? Anchor, string AuthorId, DateTimeOffset CreatedUtc, int Version, DateTimeOffset? EditedUtc, DateTimeOffset? DeletedUtc) : IDocument;
