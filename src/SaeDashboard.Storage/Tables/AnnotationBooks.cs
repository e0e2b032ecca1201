using System.Globalization;

namespace SaeDashboard.Storage.Tables;

/// <summary>
/// What is known of each queue, kept up to date by writes: progress, what waits for whom, agreement. All of it is read under the gate; what is
/// given out never changes.
/// </summary>
internal sealed class AnnotationBooks
{
    private const string DraftPrefix = "annotate-";

    private readonly Dictionary<string, QueueBook> books = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> itemOf = new(StringComparer.Ordinal);

    public AnnotationBooks(TableSet tables)
    {
        tables.Queues.Changed += (before, after) => BookOf((after ?? before)!.Id).Set(after);
        tables.Items.Changed += (before, after) =>
        {
            foreach (var gone in before?.Annotations ?? []) itemOf.Remove(gone.Id);
            foreach (var there in after?.Annotations ?? []) itemOf[there.Id] = after!.Id;
            BookOf((after ?? before)!.Queue).Set(before, after);
        };
        tables.Drafts.Changed += (before, after) =>
        {
            if (ItemOf((after ?? before)!.Key) is var (queue, feature)) BookOf(queue).SetDraft((after ?? before)!.UserId, feature, after is not null);
        };
    }

    /// <summary>The key of a draft of an item.</summary>
    public static string DraftKey(string queue, int feature) => string.Create(CultureInfo.InvariantCulture, $"{DraftPrefix}{queue}-{feature}");

    /// <summary>The item document that holds an annotation; null: there is no annotation of that id. Under the gate.</summary>
    public string? ItemDocumentOf(string annotation) => itemOf.GetValueOrDefault(annotation);

    /// <summary>A queue's book; null: there is no such queue. Under the gate.</summary>
    public QueueBook? Find(string queue) => books.TryGetValue(queue, out var book) && book.Document is not null ? book : null;

    /// <summary>The books of the queues of an SAE. Under the gate.</summary>
    public IEnumerable<QueueBook> OfSae(string saeHash) => books.Values.Where(book => book.Document?.Content.SaeHash == saeHash);

    private QueueBook BookOf(string queue)
    {
        if (!books.TryGetValue(queue, out var book)) books[queue] = book = new QueueBook();
        return book;
    }

    /// <summary>The item that a draft's key is of; null: it is of something else.</summary>
    public static (string Queue, int Feature)? ItemOf(string key) =>
        key.StartsWith(DraftPrefix, StringComparison.Ordinal) && key.LastIndexOf('-') is var dash && dash > DraftPrefix.Length
            && int.TryParse(key.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var feature) ? (key[DraftPrefix.Length..dash], feature) : null;
}

/// <summary>One queue's items, people and counts. Under the gate.</summary>
internal sealed class QueueBook
{
    private readonly Dictionary<int, ItemDocument> items = [];
    private readonly Dictionary<int, (ItemState State, int Votes)> states = [];
    private readonly int[] counts = new int[Enum.GetValues<ItemState>().Length];
    private readonly Dictionary<string, PersonBook> people = new(StringComparer.Ordinal);
    private readonly SortedSet<int> waiting = [], begun = [];
    private HashSet<int> gold = [];
    private QueueAgreement? agreement;
    private long changes;

    public QueueDocument? Document { get; private set; }

    public int Overlap => Document?.Content.Overlap ?? 1;

    public IReadOnlyCollection<ItemDocument> Items => items.Values;

    public IReadOnlyDictionary<string, PersonBook> People => people;

    /// <summary>The items that wait for an adjudicator, ascending.</summary>
    public IReadOnlyCollection<int> Waiting => waiting;

    /// <summary>The items that some have judged and not yet enough, ascending.</summary>
    public IReadOnlyCollection<int> Begun => begun;

    public bool IsGold(int feature) => gold.Contains(feature);

    public int Count(ItemState state) => counts[(int)state];

    public ItemDocument? Item(int feature) => items.GetValueOrDefault(feature);

    public ItemState State(int feature) => states.TryGetValue(feature, out var known) ? known.State : ItemState.Open;

    /// <summary>How many have judged an item.</summary>
    public int Votes(int feature) => states.TryGetValue(feature, out var known) ? known.Votes : 0;

    public PersonBook? Person(string user) => people.GetValueOrDefault(user);

    public void Set(QueueDocument? document)
    {
        Document = document;
        gold = [.. document?.Content.Gold.Select(item => item.Feature) ?? []];
        // Another overlap, or another gold item, changes where items are.
        foreach (var item in items.Values) Place(item.Feature, item);
        agreement = null;
        changes++;
    }

    public void Set(ItemDocument? before, ItemDocument? after)
    {
        var feature = (after ?? before)!.Feature;
        if (after is null) items.Remove(feature);
        else items[feature] = after;
        foreach (var gone in before?.Annotations ?? []) BookOf(gone.AuthorId).Remove(gone);
        foreach (var there in after?.Annotations ?? []) BookOf(there.AuthorId).Add(there);
        Place(feature, after);
        agreement = null;
        changes++;
    }

    public void SetDraft(string user, int feature, bool there)
    {
        if (there) BookOf(user).Drafts.Add(feature);
        else BookOf(user).Drafts.Remove(feature);
    }

    /// <summary>The agreement of its annotators as it was computed last, or what it is to be computed from.</summary>
    public (QueueAgreement? Known, QueueContent Queue, IReadOnlyList<ItemDocument> Items, long Changes) Agreement() => (agreement, Document!.Content, agreement is null ? [.. items.Values] : [], changes);

    /// <summary>Keeps an agreement until the next write, unless there was one meanwhile.</summary>
    public void Keep(QueueAgreement computed, long since)
    {
        if (since == changes) agreement = computed;
    }

    private PersonBook BookOf(string user)
    {
        if (!people.TryGetValue(user, out var book)) people[user] = book = new PersonBook();
        return book;
    }

    private void Place(int feature, ItemDocument? item)
    {
        if (states.Remove(feature, out var was)) counts[(int)was.State]--;
        waiting.Remove(feature);
        begun.Remove(feature);
        var votes = item?.Votes().Count ?? 0;
        // A practice item alone, or one where everything was withdrawn, has not begun.
        if (item is null || (votes == 0 && item.Adjudication() is null)) return;
        var state = item.State(this);
        states[feature] = (state, votes);
        counts[(int)state]++;
        if (state == ItemState.Disagreed) waiting.Add(feature);
        if (state == ItemState.Open) begun.Add(feature);
    }
}

/// <summary>What one person did in a queue. Under the gate.</summary>
internal sealed class PersonBook
{
    private const int PaceItems = 50;

    private readonly Dictionary<int, string> done = [];
    private readonly SortedSet<(DateTimeOffset At, string Id, double Seconds)> order = [];

    /// <summary>The items that they began and did not send.</summary>
    public SortedSet<int> Drafts { get; } = [];

    /// <summary>The practice items that they did.</summary>
    public HashSet<int> Practised { get; } = [];

    /// <summary>Items that they decided as an adjudicator.</summary>
    public int Decided { get; private set; }

    /// <summary>Items that they judged.</summary>
    public int Done => done.Count;

    /// <summary>When they last sent an annotation; null: never.</summary>
    public DateTimeOffset? LastUtc => order.Count > 0 ? order.Max.At : null;

    /// <summary>Items an hour at the pace of the last 50; null: not known yet.</summary>
    public double? ItemsPerHour
    {
        get
        {
            var (items, seconds) = (0, 0.0);
            foreach (var each in order.Reverse().Take(PaceItems))
            {
                items++;
                seconds += each.Seconds;
            }
            return seconds > 0 ? items * 3600 / seconds : null;
        }
    }

    /// <summary>Whether they judged an item.</summary>
    public bool HasDone(int feature) => done.ContainsKey(feature);

    public void Add(Annotation annotation) => Change(annotation, added: true);

    public void Remove(Annotation annotation) => Change(annotation, added: false);

    private void Change(Annotation annotation, bool added)
    {
        if (annotation.WithdrawnUtc is not null) return;
        var feature = annotation.Content.Feature;
        switch (annotation.Content.Kind)
        {
            case AnnotationKind.Practice when added:
                Practised.Add(feature);
                break;
            case AnnotationKind.Practice:
                Practised.Remove(feature);
                break;
            case AnnotationKind.Adjudication:
                Decided += added ? 1 : -1;
                break;
            default:
                var entry = (annotation.CreatedUtc, annotation.Id, annotation.Content.Seconds);
                if (added) order.Add(entry);
                else order.Remove(entry);
                if (added) done[feature] = annotation.Id;
                else if (done.GetValueOrDefault(feature) == annotation.Id) done.Remove(feature);
                break;
        }
    }
}
