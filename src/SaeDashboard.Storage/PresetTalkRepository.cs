using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>What people say of a preset: stars, tags and comments.</summary>
public sealed class PresetTalkRepository(Database db)
{
    /// <summary>Longest comment, in characters.</summary>
    public const int LongestText = 4000;

    /// <summary>Longest tag, in characters.</summary>
    public const int LongestTag = 32;

    /// <summary>Tags that a preset can have.</summary>
    public const int MostTags = 20;

    /// <summary>Comments that a preset can have, deleted ones included.</summary>
    public const int MostComments = 500;

    /// <summary>A person's stars; null takes them away.</summary>
    /// <exception cref="UserException">The preset or the number of stars does not exist, or it could not be written.</exception>
    public void Rate(string presetId, int? stars, Actor actor)
    {
        if (stars is < 1 or > 5) throw new UserException($"{stars} stars: a rating has 1 to 5.");
        Mark(actor, "preset.rate", presetId, (marks, now) =>
        {
            if (marks.Ratings.FirstOrDefault(rating => rating.UserId == actor.UserId)?.Stars == stars) return marks;
            var others = marks.Ratings.Where(rating => rating.UserId != actor.UserId);
            return marks with { Ratings = stars is { } given ? [.. others, new Rating(actor.UserId, given, now)] : [.. others] };
        }, new { stars });
    }

    /// <summary>Adds and removes tags. One that it has already, in whatever case, is not added again; the order of adding is kept.</summary>
    /// <exception cref="UserException">The preset does not exist, a tag is refused, it would have too many, or it could not be written.</exception>
    public void Tag(string presetId, IReadOnlyList<string> add, IReadOnlyList<string> remove, Actor actor)
    {
        var added = add.Select(tag => PersonText.Name(tag, "The tag", LongestTag)).ToArray();
        Mark(actor, "preset.tag", presetId, (marks, _) =>
        {
            string[] after = [.. marks.Tags.Where(tag => !remove.Contains(tag, StringComparer.OrdinalIgnoreCase)).Concat(added).Distinct(StringComparer.OrdinalIgnoreCase)];
            if (after.Length > MostTags) throw new UserException($"The preset would have {after.Length} tags; {MostTags} is the most. Remove some first.");
            return after.SequenceEqual(marks.Tags, StringComparer.Ordinal) ? marks : marks with { Tags = after };
        }, new { add = added, remove });
    }

    /// <summary>A person's stars of a preset; null: none.</summary>
    public int? StarsOf(string presetId, Actor actor)
    {
        lock (db.Tables.Gate) return db.Tables.PresetMarks.Find(presetId)?.Ratings.FirstOrDefault(rating => rating.UserId == actor.UserId)?.Stars;
    }

    /// <summary>Adds a comment.</summary>
    /// <param name="presetId">The preset.</param>
    /// <param name="text">What it says.</param>
    /// <param name="at">The moment of the sound that it is about, in seconds; null: the whole.</param>
    /// <param name="actor">Who writes it.</param>
    /// <exception cref="UserException">The preset does not exist, the text or the moment is refused, there are too many, or it could not be written.</exception>
    public PresetComment Comment(string presetId, string text, double? at, Actor actor)
    {
        text = Checked(text, at);
        var id = Ids.New("comment");
        db.Write(actor, "preset.comment", id, scope =>
        {
            Require(scope, presetId);
            if (scope.All(scope.Tables.PresetComments).Count(each => each.PresetId == presetId) >= MostComments)
                throw new UserException($"This preset has {MostComments} comments, the most there can be. Edit one.");
            scope.Detail = new { presetId };
            scope.Put(scope.Tables.PresetComments, new PresetCommentDocument(id, presetId, text, at, scope.Actor.UserId, scope.Now, 1, null, null));
        });
        return FindComment(id)!;
    }

    /// <summary>Changes a comment of one's own. The same text again changes nothing.</summary>
    /// <param name="id">The comment.</param>
    /// <param name="text">What it says now.</param>
    /// <param name="at">The moment it is about now; null: the whole.</param>
    /// <param name="version">The version that the author saw; null: it is changed whatever is there.</param>
    /// <param name="actor">Its author.</param>
    /// <exception cref="UserException">There is no such comment, another person wrote it, it was edited meanwhile, the text is refused, or it could not be written.</exception>
    public PresetComment EditComment(string id, string text, double? at, int? version, Actor actor)
    {
        text = Checked(text, at);
        db.Write(actor, "preset.editComment", id, scope =>
        {
            var before = scope.Find(scope.Tables.PresetComments, id) is { DeletedUtc: null } found ? found : throw Unknown(id);
            if (before.AuthorId != scope.Actor.UserId) throw new UserException($"{scope.NameOf(before.AuthorId)} wrote this comment, and a comment is changed by its author. Write one of your own.");
            if (version is { } seen && seen != before.Version) throw new UserException("The comment was edited in the meantime: open the preset again.");
            if (before.Text == text && before.At.Equals(at)) return;
            scope.Put(scope.Tables.PresetComments, before with { Text = text, At = at, Version = before.Version + 1, EditedUtc = scope.Now });
        });
        return FindComment(id)!;
    }

    /// <summary>Whether a person may delete a comment: their own, one on a preset of theirs, or one whose author is of another data folder.</summary>
    /// <param name="authorId">Who wrote the comment.</param>
    /// <param name="presetAuthorId">Who made the preset.</param>
    /// <param name="userId">The person.</param>
    public static bool MayDelete(string authorId, string presetAuthorId, string userId) => authorId == userId || presetAuthorId == userId || Exchange.SiteIds.IsForeign(authorId);

    /// <summary>Takes a comment away; <see cref="RestoreComment"/> undoes that.</summary>
    /// <exception cref="UserException">There is no such comment, another person wrote it, or it could not be written.</exception>
    public void DeleteComment(string id, Actor actor) =>
        db.Change(actor, "preset.deleteComment", "comment", db.Tables.PresetComments, id, (comment, now) => Allowed(comment, actor, "deleted").DeletedUtc is null ? comment with { DeletedUtc = now } : null);

    /// <summary>Undoes <see cref="DeleteComment"/>.</summary>
    /// <exception cref="UserException">There never was such a comment, another person wrote it, or it could not be written.</exception>
    public void RestoreComment(string id, Actor actor) =>
        db.Change(actor, "preset.restoreComment", "comment", db.Tables.PresetComments, id, (comment, _) => Allowed(comment, actor, "restored") with { DeletedUtc = null });

    /// <summary>One comment, deleted ones included; null: there never was one of that id.</summary>
    public PresetComment? FindComment(string id)
    {
        lock (db.Tables.Gate) return db.Tables.PresetComments.Find(id) is { } comment ? Shown(comment) : null;
    }

    /// <summary>A preset's comments, oldest first.</summary>
    public IReadOnlyList<PresetComment> Comments(string presetId)
    {
        lock (db.Tables.Gate)
        {
            return [.. db.Tables.PresetComments.Values.Where(comment => comment.PresetId == presetId && comment.DeletedUtc is null)
                .OrderBy(comment => comment.CreatedUtc).ThenBy(comment => comment.Id, StringComparer.Ordinal).Select(Shown)];
        }
    }

    /// <summary>A comment's text as it is kept.</summary>
    /// <exception cref="UserException">The text or the moment is refused.</exception>
    internal static string Checked(string text, double? at)
    {
        // Also false for what is not a number.
        if (at is { } moment && !(moment >= 0 && moment <= PresetLimits.MaxFrames)) throw new UserException(FormattableString.Invariant($"The moment is {moment} s; it may be 0 s to the sound's end."));
        return PersonText.Lines(text, "The comment", LongestText) is { Length: > 0 } good ? good : throw new UserException("The comment is empty: type at least one character.");
    }

    private PresetCommentDocument Allowed(PresetCommentDocument comment, Actor actor, string done) =>
        MayDelete(comment.AuthorId, db.Tables.Presets.Find(comment.PresetId)?.AuthorId ?? "", actor.UserId) ? comment
            : throw new UserException($"{db.Tables.NameOf(comment.AuthorId)} wrote this comment, and a comment is {done} by its author or by the preset's.");

    private static void Require(Writing.WriteScope scope, string presetId)
    {
        if (scope.Find(scope.Tables.Presets, presetId) is not { DeletedUtc: null }) throw new UserException($"There is no preset {presetId}: it was deleted meanwhile. Open the list again.");
    }

    private void Mark(Actor actor, string action, string presetId, Func<PresetMarksDocument, DateTimeOffset, PresetMarksDocument> change, object detail) => db.Write(actor, action, presetId, scope =>
    {
        scope.Detail = detail;
        Require(scope, presetId);
        var before = scope.Find(scope.Tables.PresetMarks, presetId) ?? new PresetMarksDocument(presetId, [], []);
        var after = change(before, scope.Now);
        if (!ReferenceEquals(after, before)) scope.Put(scope.Tables.PresetMarks, after);
    });

    private static UserException Unknown(string id) => new($"There is no comment {id}: it was deleted meanwhile. Open the preset again.");

    private PresetComment Shown(PresetCommentDocument comment) =>
        new(comment.Id, comment.PresetId, comment.Text, comment.At, comment.AuthorId, db.Tables.NameOf(comment.AuthorId), comment.CreatedUtc, comment.Version, comment.EditedUtc, comment.DeletedUtc);
}

/// <summary>A comment on a preset.</summary>
/// <param name="Id">Its id.</param>
/// <param name="PresetId">The preset.</param>
/// <param name="Text">What it says; may have several lines.</param>
/// <param name="At">The moment of the sound that it is about, in seconds; null: the whole.</param>
/// <param name="AuthorId">Who wrote it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Version">1, and one more for each edit.</param>
/// <param name="EditedUtc">When it was last edited; null: never.</param>
/// <param name="DeletedUtc">When it was deleted; null: not deleted.</param>
public sealed record PresetComment(string Id, string PresetId, string Text, double? At, string AuthorId, string Author, DateTimeOffset CreatedUtc, int Version, DateTimeOffset? EditedUtc, DateTimeOffset? DeletedUtc);
