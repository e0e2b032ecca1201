using SaeDashboard.Core;
using SaeDashboard.Storage.Exchange;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>What people write about features, as remarks on the whole feature, on a clip, or on a span of a clip.</summary>
public sealed class CommentRepository(Database db)
{
    /// <summary>Longest comment, in characters.</summary>
    public const int LongestText = 4000;

    /// <summary>Comments a feature can have, deleted ones included.</summary>
    public const int MostPerFeature = 500;

    /// <summary>Adds a comment.</summary>
    /// <param name="key">The feature.</param>
    /// <param name="text">What it says.</param>
    /// <param name="anchor">The clip and the span it is about; null: the feature as a whole.</param>
    /// <param name="actor">Who writes it.</param>
    /// <exception cref="UserException">The text is empty or too long, the span makes no sense, the feature has too many, or it could not be written.</exception>
    public FeatureComment Add(FeatureKey key, string text, CommentAnchor? anchor, Actor actor)
    {
        text = Checked(text);
        anchor?.Check();
        var id = Ids.New("comment");
        db.Write(actor, "comment.add", id, scope =>
        {
            if (scope.All(scope.Tables.Comments).Count(each => each.SaeHash == key.SaeHash && each.Feature == key.Feature) >= MostPerFeature)
                throw new UserException($"This feature has {MostPerFeature} comments, the most there can be. Delete one, or edit one.");
            scope.Detail = new { key.SaeHash, key.Feature };
            scope.Put(scope.Tables.Comments, new CommentDocument(id, key.SaeHash, key.Feature, text, anchor, scope.Actor.UserId, scope.Now, 1, null, null));
        });
        // As it is kept: its time is to the millisecond.
        return Find(id)!;
    }

    /// <summary>Changes the text and the anchor of a comment. The same ones again change nothing.</summary>
    /// <param name="id">The comment.</param>
    /// <param name="text">What it says now.</param>
    /// <param name="anchor">What it is about now; null: the feature as a whole.</param>
    /// <param name="actor">Its author: a comment is changed by the person who wrote it.</param>
    /// <param name="version">The version that the author saw; null: it is changed whatever is there.</param>
    /// <exception cref="UserException">There is no such comment, another person wrote it, the text is refused, or it could not be written.</exception>
    /// <exception cref="CommentConflictException">It has another version than <paramref name="version"/>.</exception>
    public FeatureComment Edit(string id, string text, CommentAnchor? anchor, Actor actor, int? version = null)
    {
        text = Checked(text);
        anchor?.Check();
        db.Write(actor, "comment.edit", id, scope =>
        {
            var before = scope.Find(scope.Tables.Comments, id) is { DeletedUtc: null } found ? found : throw Unknown(id);
            if (before.AuthorId != scope.Actor.UserId) throw new UserException($"{scope.NameOf(before.AuthorId)} wrote this comment, and a comment is changed by its author. Write one of your own.");
            if (version is { } seen && seen != before.Version) throw new CommentConflictException(CommentBooks.Shown(before, scope.NameOf(before.AuthorId)));
            if (before.Text == text && before.Anchor == anchor) return;
            var after = before with { Text = text, Anchor = anchor, Version = before.Version + 1, EditedUtc = scope.Now };
            scope.Detail = new { version = after.Version };
            scope.Put(scope.Tables.Comments, after);
        });
        return Find(id)!;
    }

    /// <summary>Takes a comment away; <see cref="Restore"/> undoes that.</summary>
    /// <param name="id">The comment.</param>
    /// <param name="actor">Its author: what a person of this site wrote is taken away by that person alone.</param>
    /// <exception cref="UserException">There is no such comment, another person wrote it, or it could not be written.</exception>
    public void Delete(string id, Actor actor) =>
        db.Change(actor, "comment.delete", "comment", db.Tables.Comments, id, (comment, now) => comment.DeletedUtc is null ? Own(comment, actor, "deleted") with { DeletedUtc = now } : null);

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <param name="id">The comment.</param>
    /// <param name="actor">Its author.</param>
    /// <exception cref="UserException">There never was such a comment, another person wrote it, or it could not be written.</exception>
    public void Restore(string id, Actor actor) => db.Change(actor, "comment.restore", "comment", db.Tables.Comments, id, (comment, _) => Own(comment, actor, "brought back") with { DeletedUtc = null });

    /// <summary>One comment, deleted ones included; null: there never was one of that id.</summary>
    public FeatureComment? Find(string id)
    {
        lock (db.Tables.Gate) return db.Tables.Comments.Find(id) is { } comment ? CommentBooks.Shown(comment, db.Tables.NameOf(comment.AuthorId)) : null;
    }

    /// <summary>A feature's comments, oldest first. From memory; the result never changes.</summary>
    public IReadOnlyList<FeatureComment> Of(FeatureKey key) => db.Tables.CommentBooks.Of(key);

    /// <summary>Every comment on features of an SAE: by feature, then oldest first. From memory; the result never changes.</summary>
    public IReadOnlyList<FeatureComment> OfSae(string saeHash) => db.Tables.CommentBooks.OfSae(saeHash);

    /// <summary>How many comments each feature of an SAE has; features without one are left out. From memory; the result never changes.</summary>
    public IReadOnlyDictionary<int, int> Counts(string saeHash) => db.Tables.CommentBooks.Counts(saeHash);

    /// <summary>The rule of a comment's text, for those who write and for files that are imported.</summary>
    /// <exception cref="UserException">It is empty or too long, or has a character that text must not have.</exception>
    public static string Checked(string text) => PersonText.Lines(text, "The comment", LongestText) is { Length: > 0 } good ? good : throw new UserException("The comment is empty: type at least one character.");

    /// <summary>A comment, if the person may take it away: it is theirs, or of a person of another data folder, who is not here to do it.</summary>
    private CommentDocument Own(CommentDocument comment, Actor actor, string done) => comment.AuthorId == actor.UserId || SiteIds.IsForeign(comment.AuthorId) ? comment
        : throw new UserException($"{db.Tables.NameOf(comment.AuthorId)} wrote this comment, and a comment is {done} by its author.");

    /// <summary>Whether a person may delete a comment: their own, or one whose author is of another data folder.</summary>
    public static bool MayDelete(FeatureComment comment, string userId) => comment.AuthorId == userId || SiteIds.IsForeign(comment.AuthorId);

    private static UserException Unknown(string id) => new($"There is no comment {id}: it was deleted meanwhile. Open the feature again.");
}

/// <summary>What a comment is about: a clip, or a span of it.</summary>
/// <param name="Dataset">SHA-256 of the dataset the clip is of.</param>
/// <param name="Row">The clip's row in it.</param>
/// <param name="From">Where the span begins, in seconds; null: the comment is about the whole clip.</param>
/// <param name="To">Where it ends, in seconds.</param>
public sealed record CommentAnchor(string Dataset, int Row, double? From = null, double? To = null)
{
    /// <summary>The longest clip a span can be in, in seconds.</summary>
    public const double LongestSeconds = 24 * 3600;

    private const int HashLength = 64;

    /// <summary>Checks what can be checked without the dataset.</summary>
    /// <exception cref="UserException">It makes no sense; the message names the field.</exception>
    public void Check()
    {
        if (Dataset.Length != HashLength || !Dataset.All(char.IsAsciiHexDigitLower)) throw new UserException("dataset should be a SHA-256: 64 digits of 0-9 and a-f");
        if (Row < 0) throw new UserException($"row is {Row}; it may be 0 or more");
        if (From is null && To is null) return;
        if (From is not { } from || To is not { } to) throw new UserException("a span has both from and to, in seconds");
        // Also false for what is not a number.
        if (!(from >= 0 && to > from && to <= LongestSeconds))
            throw new UserException(FormattableString.Invariant($"the span is {from} to {to} s; it begins at 0 s or later, and ends after it begins and within {LongestSeconds} s"));
    }
}

/// <summary>A comment on a feature.</summary>
/// <param name="Id">Its id, the same on every machine.</param>
/// <param name="Key">The feature.</param>
/// <param name="Text">What it says; may have several lines.</param>
/// <param name="Anchor">The clip and the span it is about; null: the feature as a whole.</param>
/// <param name="AuthorId">Who wrote it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Version">1, and one more for each edit.</param>
/// <param name="EditedUtc">When it was last edited; null: never.</param>
/// <param name="DeletedUtc">When it was deleted; null: not deleted.</param>
public sealed record FeatureComment(
    string Id, FeatureKey Key, string Text, CommentAnchor? Anchor, string AuthorId, string Author, DateTimeOffset CreatedUtc, int Version, DateTimeOffset? EditedUtc, DateTimeOffset? DeletedUtc);

/// <summary>A comment was edited in another window while it was being edited here.</summary>
/// <param name="current">The comment now.</param>
public sealed class CommentConflictException(FeatureComment current) : Exception("The comment was edited in the meantime.")
{
    /// <summary>The comment as it is now.</summary>
    public FeatureComment Current { get; } = current;
}
