using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage;

/// <summary>The labels of features, with all earlier revisions.</summary>
public sealed class LabelRepository(Database db)
{
    /// <summary>Longest label, in characters.</summary>
    public const int LongestText = PersonText.MaxLabel;

    /// <summary>Longest note, in characters.</summary>
    public const int LongestNote = 10_000;

    /// <summary>Sets a feature's label; an empty text removes it, and its note with it. Setting the same text and note again changes nothing.</summary>
    /// <param name="key">The feature.</param>
    /// <param name="text">The label.</param>
    /// <param name="note">The note; null: none.</param>
    /// <param name="actor">Who writes it.</param>
    /// <param name="basis">What the author saw when they began; null: the label is set whatever is there.</param>
    /// <exception cref="UserException">The label or the note is too long, or it could not be written.</exception>
    /// <exception cref="LabelConflictException">The label is not the one that <paramref name="basis"/> names.</exception>
    public LabelRevision Add(FeatureKey key, string text, string? note, Actor actor, LabelBasis? basis = null)
    {
        text = text.Trim();
        note = string.IsNullOrWhiteSpace(note) ? null : note.Trim();
        if (text.Length > LongestText) throw new UserException($"The label has {text.Length} characters; {LongestText} is the most. Put the rest in the note.");
        if (note?.Length > LongestNote) throw new UserException($"The note has {note.Length} characters; {LongestNote} is the most.");
        return db.Write(actor, "label.add", LabelDocument.IdOf(key), scope => Add(scope, key, text, note, basis));
    }

    /// <summary>The same in a write that does more: an annotation that gives a label.</summary>
    /// <exception cref="LabelConflictException">The label is not the one that <paramref name="basis"/> names.</exception>
    internal static LabelRevision Add(WriteScope scope, FeatureKey key, string text, string? note, LabelBasis? basis)
    {
        var document = scope.Find(scope.Tables.Labels, LabelDocument.IdOf(key));
        var last = document?.Revisions is [.., var newest] ? newest : null;
        if (basis is { KeepsNote: true }) note = last?.Note;
        if (text.Length == 0) note = null;
        if (last is not null && last.Text == text && last.Note == note) return ToRevision(key, last, scope.NameOf(last.AuthorId), scope.Actor);
        var current = last is { Text.Length: > 0 } ? last.Id : 0;
        // Without any revision there is nothing to overwrite, whatever the author saw: a store that was restored from a backup.
        if (last is not null && basis is { Revision: { } seen } && seen != current) throw new LabelConflictException(ToRevision(key, last, scope.NameOf(last.AuthorId), scope.Actor));
        return Append(scope, key, document, text, note, null);
    }

    /// <summary>Puts back what was there before a revision, unless another one came after it: another person's label stays.</summary>
    /// <param name="scope">The write.</param>
    /// <param name="key">The feature.</param>
    /// <param name="write">The revision, and the one before.</param>
    /// <returns>Whether it was the newest.</returns>
    internal static bool TakeBack(WriteScope scope, FeatureKey key, LabelWrite write)
    {
        var document = scope.Find(scope.Tables.Labels, LabelDocument.IdOf(key));
        if (document?.Revisions is not [.., var newest] || newest.Id != write.Written) return false;
        var before = document.Revisions.FirstOrDefault(revision => revision.Id == write.Before);
        Append(scope, key, document, before?.Text ?? "", before?.Note, before);
        return true;
    }

    /// <summary>Uses an older revision's text again, as a new revision.</summary>
    /// <exception cref="UserException">The revision does not exist, or it could not be written.</exception>
    public LabelRevision Restore(long revisionId, Actor actor)
    {
        var key = (Find(revisionId) ?? throw Unknown(revisionId)).Key;
        return db.Write(actor, "label.restore", LabelDocument.IdOf(key), scope =>
        {
            var document = scope.Find(scope.Tables.Labels, LabelDocument.IdOf(key));
            var old = document?.Revisions.FirstOrDefault(revision => revision.Id == revisionId) ?? throw Unknown(revisionId);
            // The ratings are of this text.
            return Append(scope, key, document, old.Text, old.Note, old);
        });
    }

    /// <summary>Every revision of a feature's label, newest first.</summary>
    /// <param name="key">The feature.</param>
    /// <param name="reader">The user for <see cref="LabelRevision.Mine"/>.</param>
    public IReadOnlyList<LabelRevision> History(FeatureKey key, Actor? reader = null)
    {
        lock (db.Tables.Gate)
        {
            return db.Tables.Labels.Find(LabelDocument.IdOf(key)) is { } document
                ? [.. document.Revisions.Reverse().Select(revision => ToRevision(key, revision, db.Tables.NameOf(revision.AuthorId), reader))]
                : [];
        }
    }

    /// <summary>One revision; null: no such number.</summary>
    public LabelRevision? Find(long revisionId, Actor? reader = null)
    {
        lock (db.Tables.Gate)
        {
            if (db.Tables.Books.DocumentOf(revisionId) is not { } id || db.Tables.Labels.Find(id) is not { } document) return null;
            var revision = document.Revisions.First(each => each.Id == revisionId);
            return ToRevision(new FeatureKey(document.SaeHash, document.Feature), revision, db.Tables.NameOf(revision.AuthorId), reader);
        }
    }

    /// <summary>The labels of an SAE's features by the features' indices; features without a label are left out. The result is immutable: read it again after a write.</summary>
    public IReadOnlyDictionary<int, CurrentLabel> Current(string saeHash) => db.Tables.Books.Current(saeHash);

    internal static UserException Unknown(long revisionId) => new($"There is no label revision {revisionId}. Open the feature again.");

    private static LabelRevision Append(WriteScope scope, FeatureKey key, LabelDocument? document, string text, string? note, Revision? restored)
    {
        var revision = new Revision(scope.NextRevision(), text, note, scope.Actor.UserId, scope.Now, restored?.Id, restored?.Ratings ?? []);
        scope.Detail = new { revision = revision.Id, text, from = restored?.Id };
        scope.Put(scope.Tables.Labels, new LabelDocument(LabelDocument.IdOf(key), key.SaeHash, key.Feature, [.. document?.Revisions ?? [], revision]));
        return ToRevision(key, revision, scope.NameOf(revision.AuthorId), scope.Actor);
    }

    private static LabelRevision ToRevision(FeatureKey key, Revision revision, string author, Actor? reader) => new(
        revision.Id, key, revision.Text, revision.Note, revision.AuthorId, author, revision.CreatedUtc, revision.RestoredFrom, revision.MeanStars(), revision.Ratings.Count,
        revision.Ratings.FirstOrDefault(rating => rating.UserId == reader?.UserId)?.Stars);
}

/// <summary>One version of a feature's label. Revisions are never changed: every edit is a new one.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Key">The feature.</param>
/// <param name="Text">The label; empty: the label was removed.</param>
/// <param name="Note">The author's note.</param>
/// <param name="AuthorId">Who wrote it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="RestoredFrom">The revision whose text it restores.</param>
/// <param name="Stars">Mean of the ratings, 1 … 5; null: none.</param>
/// <param name="Ratings">How many people rated it.</param>
/// <param name="Mine">The reading user's stars.</param>
public sealed record LabelRevision(
    long Id, FeatureKey Key, string Text, string? Note, string AuthorId, string Author, DateTimeOffset CreatedUtc, long? RestoredFrom, double? Stars, int Ratings, int? Mine);

/// <summary>What an author saw when they began to write a label.</summary>
/// <param name="Revision">The revision of the label; 0: there was none; null: not known.</param>
/// <param name="KeepsNote">Whether the note stays as it is, because the author did not see it.</param>
public readonly record struct LabelBasis(long? Revision, bool KeepsNote = false);

/// <summary>Another person changed a label while it was being written.</summary>
/// <param name="current">The label now.</param>
public sealed class LabelConflictException(LabelRevision current) : Exception($"The label was changed by {current.Author} in the meantime.")
{
    /// <summary>The newest revision; its text is empty where the label was removed.</summary>
    public LabelRevision Current { get; } = current;
}

/// <summary>The newest label of a feature.</summary>
/// <param name="RevisionId">Its revision.</param>
/// <param name="Text">The label.</param>
/// <param name="Author">Who wrote it, by name.</param>
/// <param name="Stars">Mean of the ratings, 1 … 5; null: none.</param>
/// <param name="Ratings">How many people rated it.</param>
public sealed record CurrentLabel(long RevisionId, string Text, string Author, double? Stars, int Ratings);

/// <summary>The key of a feature, which survives renaming the SAE's folder and importing it again.</summary>
/// <param name="SaeHash">SHA-256 of the SAE's weights, hex.</param>
/// <param name="Feature">Index in the dictionary.</param>
public readonly record struct FeatureKey(string SaeHash, int Feature);
