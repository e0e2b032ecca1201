namespace SaeDashboard.Storage.Tables;

/// <summary>
/// The comments of each SAE by feature, kept up to date by writes, so that neither a list of features nor an open feature queries storage. What is
/// given out is immutable; it is made at the first read after a write.
/// </summary>
internal sealed class CommentBooks
{
    private readonly TableSet tables;
    private readonly Dictionary<string, Book> books = new(StringComparer.Ordinal);

    public CommentBooks(TableSet tables)
    {
        this.tables = tables;
        tables.Comments.Changed += (before, after) =>
        {
            var comment = (after ?? before)!;
            if (!books.TryGetValue(comment.SaeHash, out var book)) books[comment.SaeHash] = book = new Book();
            book.Set(comment.Id, comment.Feature, after);
        };
        tables.Users.Changed += (before, after) =>
        {
            // A renamed author is shown by the new name everywhere.
            if (before is null || before.Name == after?.Name) return;
            foreach (var book in books.Values) book.Forget();
        };
    }

    public static FeatureComment Shown(CommentDocument comment, string author) => new(
        comment.Id, new FeatureKey(comment.SaeHash, comment.Feature), comment.Text, comment.Anchor, comment.AuthorId, author, comment.CreatedUtc, comment.Version, comment.EditedUtc, comment.DeletedUtc);

    /// <summary>A feature's comments, oldest first.</summary>
    public IReadOnlyList<FeatureComment> Of(FeatureKey key)
    {
        lock (tables.Gate) return books.TryGetValue(key.SaeHash, out var book) ? book.Of(key.Feature, Author) : [];
    }

    /// <summary>Every comment of an SAE.</summary>
    public IReadOnlyList<FeatureComment> OfSae(string saeHash)
    {
        lock (tables.Gate) return books.TryGetValue(saeHash, out var book) ? [.. book.Features.Order().SelectMany(feature => book.Of(feature, Author))] : [];
    }

    /// <summary>How many each feature of an SAE has.</summary>
    public IReadOnlyDictionary<int, int> Counts(string saeHash)
    {
        lock (tables.Gate) return books.TryGetValue(saeHash, out var book) ? book.Counts() : NoCounts;
    }

    private static IReadOnlyDictionary<int, int> NoCounts { get; } = new Dictionary<int, int>();

    private string Author(string id) => tables.NameOf(id);

    private sealed class Book
    {
        private readonly Dictionary<int, Dictionary<string, CommentDocument>> ofFeature = [];
        private readonly Dictionary<int, IReadOnlyList<FeatureComment>> shown = [];
        private IReadOnlyDictionary<int, int>? counts;

        public IEnumerable<int> Features => ofFeature.Keys;

        public void Set(string id, int feature, CommentDocument? comment)
        {
            if (!ofFeature.TryGetValue(feature, out var comments)) ofFeature[feature] = comments = new Dictionary<string, CommentDocument>(StringComparer.Ordinal);
            if (comment is { DeletedUtc: null }) comments[id] = comment;
            else comments.Remove(id);
            if (comments.Count == 0) ofFeature.Remove(feature);
            shown.Remove(feature);
            counts = null;
        }

        public void Forget() => shown.Clear();

        public IReadOnlyDictionary<int, int> Counts() => counts ??= ofFeature.ToDictionary(pair => pair.Key, pair => pair.Value.Count);

        public IReadOnlyList<FeatureComment> Of(int feature, Func<string, string> author)
        {
            if (!ofFeature.TryGetValue(feature, out var comments)) return [];
            if (shown.TryGetValue(feature, out var list)) return list;
            return shown[feature] =
            [
                .. comments.Values.OrderBy(comment => comment.CreatedUtc).ThenBy(comment => comment.Id, StringComparer.Ordinal).Select(comment => Shown(comment, author(comment.AuthorId))),
            ];
        }
    }
}
