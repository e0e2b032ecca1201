using System.Runtime.CompilerServices;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Presets: kept whole as JSON, codes included. What one was before a change is kept as a revision.</summary>
public sealed class PresetRepository
{
    /// <summary>Longest name, in characters.</summary>
    public const int LongestName = PersonText.MaxName;

    /// <summary>Revisions that a preset can have.</summary>
    public const int MostRevisions = 200;

    private readonly Database db;
    private readonly ConditionalWeakTable<PresetDocument, PresetFacts> facts = [];
    private readonly View<IReadOnlyList<PresetRow>> rows;

    public PresetRepository(Database db)
    {
        this.db = db;
        rows = new View<IReadOnlyList<PresetRow>>(db.Tables, () =>
        [
            .. db.Tables.Presets.Values.Where(preset => preset.DeletedUtc is null)
                .OrderByDescending(preset => preset.CreatedUtc).ThenByDescending(preset => preset.Id, StringComparer.Ordinal).Select(RowOf),
        ], db.Tables.Presets, db.Tables.Users, db.Tables.PresetMarks, db.Tables.PresetComments);
    }

    /// <summary>Saves a preset and returns its new id.</summary>
    /// <exception cref="UserException">The name is empty or too long, or it could not be written.</exception>
    public string Add(SteeringPreset preset, Actor actor, PresetVisibility visibility = PresetVisibility.Public)
    {
        var id = Ids.New("preset");
        Insert(id, preset with { Name = Named(preset.Name) }, shipped: false, visibility, actor, "preset.add");
        return id;
    }

    /// <summary>Saves a preset that ships with the program, once: later changes and deletions by users are kept.</summary>
    /// <param name="id">An id that is the same at every start and on every machine.</param>
    /// <param name="preset">The preset.</param>
    /// <param name="actor">Its author.</param>
    /// <returns>Whether it was new.</returns>
    public bool AddShipped(string id, SteeringPreset preset, Actor actor) => Insert(id, preset, shipped: true, PresetVisibility.Public, actor, "preset.ship");

    /// <summary>One preset, deleted ones included; null: never existed.</summary>
    public StoredPreset? Find(string id)
    {
        PresetDocument? preset;
        string author;
        lock (db.Tables.Gate)
        {
            preset = db.Tables.Presets.Find(id);
            if (preset is null) return null;
            author = db.Tables.NameOf(preset.AuthorId);
        }
        return new StoredPreset(preset.Id, Whole(preset.Json, preset.Name), preset.AuthorId, author, preset.CreatedUtc, preset.Shipped, preset.DeletedUtc) { Visibility = preset.Seen(), Revision = preset.Number() };
    }

    /// <summary>All presets, newest first, without deleted ones. Who may see which, <see cref="PresetRow.Visibility"/> says.</summary>
    public IReadOnlyList<PresetRow> List() => rows.Value;

    /// <summary>The deleted presets, the last deleted first.</summary>
    public IReadOnlyList<DeletedPreset> Deleted()
    {
        lock (db.Tables.Gate)
        {
            return
            [
                .. db.Tables.Presets.Values.Where(preset => preset.DeletedUtc is not null).OrderByDescending(preset => preset.DeletedUtc)
                    .Select(preset => new DeletedPreset(preset.Id, preset.Name, preset.DeletedUtc!.Value, preset.AuthorId, preset.Seen())),
            ];
        }
    }

    /// <summary>Renames it: a revision.</summary>
    /// <exception cref="UserException">The preset does not exist, the name is empty or too long, or it could not be written.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        name = Named(name);
        Revise(id, "preset.rename", before => before.Name == name ? before : before with { Name = name, Note = null }, null, actor, new { name });
    }

    /// <summary>Puts another content in its place: a revision. The same content again changes nothing.</summary>
    /// <param name="id">The preset.</param>
    /// <param name="next">What it is from now on.</param>
    /// <param name="note">What was changed and why; null: nothing is said.</param>
    /// <param name="basedOn">The revision that the person saw; null: it is written whatever is there.</param>
    /// <param name="actor">Who changes it.</param>
    /// <exception cref="UserException">The preset does not exist, was changed meanwhile, has too many revisions, or it could not be written.</exception>
    public void Revise(string id, SteeringPreset next, string? note, int? basedOn, Actor actor)
    {
        next = next with { Name = Named(next.Name) };
        var (json, content) = Kept(next);
        Revise(id, "preset.revise", before => before.Json == json && before.Name == next.Name ? before : before with { Name = next.Name, Json = json, Content = content, Note = note }, basedOn, actor, new { note });
    }

    /// <summary>Takes up an earlier revision again, as a new one.</summary>
    /// <exception cref="UserException">The preset or the revision does not exist, or it could not be written.</exception>
    public void RestoreRevision(string id, int number, Actor actor) => db.Write(actor, "preset.restoreRevision", id, scope =>
    {
        var earlier = scope.Find(scope.Tables.PresetRevisions, PresetRevisionDocument.IdOf(id, number)) ?? throw new UserException($"There is no revision {number} of this preset.");
        var note = FormattableString.Invariant($"Revision {number} again");
        Put(scope, id, before => before with { Name = earlier.Name, Json = earlier.Json, Content = earlier.Content, Note = note }, null);
        scope.Detail = new { number };
    });

    /// <summary>Every revision, the newest first; the newest is what the preset is now.</summary>
    public IReadOnlyList<PresetRevision> Revisions(string id)
    {
        lock (db.Tables.Gate)
        {
            if (db.Tables.Presets.Find(id) is not { } now) return [];
            var all = new List<PresetRevisionDocument> { PresetRevisionDocument.Of(now) };
            for (var number = now.Number() - 1; number > 0; number--)
            {
                if (db.Tables.PresetRevisions.Find(PresetRevisionDocument.IdOf(id, number)) is { } earlier) all.Add(earlier);
            }
            return [.. all.Select(each => new PresetRevision(each.Number, each.Name, db.Tables.NameOf(each.AuthorId), each.CreatedUtc, each.Note, each.Content, each.Json))];
        }
    }

    /// <summary>Says who may see it.</summary>
    /// <exception cref="UserException">The preset does not exist, or it could not be written.</exception>
    public void SetVisibility(string id, PresetVisibility visibility, Actor actor) =>
        db.Change(actor, "preset.visibility", "preset", db.Tables.Presets, id, (preset, _) => preset.DeletedUtc is null ? preset with { Visibility = visibility } : null, new { visibility = visibility.Name() });

    /// <summary>Removes it from the list; <see cref="Restore"/> undoes that.</summary>
    /// <exception cref="UserException">The preset does not exist, or it could not be written.</exception>
    public void Delete(string id, Actor actor) =>
        db.Change(actor, "preset.delete", "preset", db.Tables.Presets, id, (preset, now) => preset.DeletedUtc is null ? preset with { DeletedUtc = now } : null);

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <exception cref="UserException">The preset does not exist, or it could not be written.</exception>
    public void Restore(string id, Actor actor) => db.Change(actor, "preset.restore", "preset", db.Tables.Presets, id, (preset, _) => preset with { DeletedUtc = null });

    /// <summary>The preset in a document's JSON, by the name it has now.</summary>
    internal static SteeringPreset Whole(string json, string name) => JsonSerializer.Deserialize<SteeringPreset>(json, JsonDefaults.Data)! with { Name = name };

    /// <summary>The hash of a preset's content, where its codes can be read.</summary>
    internal static string? ContentOf(SteeringPreset preset)
    {
        try
        {
            return PresetContent.Hash(preset);
        }
        catch (UserException)
        {
            // A preset of an earlier version with damaged codes has none: it is nothing's double.
            return null;
        }
    }

    private static (string Json, string? Content) Kept(SteeringPreset preset) => (JsonSerializer.Serialize(preset, JsonDefaults.Lines), ContentOf(preset));

    private static string Named(string name) => name.Trim() switch
    {
        "" => throw new UserException("A preset needs a name."),
        { Length: > LongestName } longer => throw new UserException($"The preset's name has {longer.Length} characters; {LongestName} is the most."),
        var good => good,
    };

    private void Revise(string id, string action, Func<PresetDocument, PresetDocument> change, int? basedOn, Actor actor, object detail) => db.Write(actor, action, id, scope =>
    {
        scope.Detail = detail;
        Put(scope, id, change, basedOn);
    });

    /// <summary>Changes it and keeps what it was.</summary>
    private static void Put(Writing.WriteScope scope, string id, Func<PresetDocument, PresetDocument> change, int? basedOn)
    {
        if (scope.Find(scope.Tables.Presets, id) is not { DeletedUtc: null } before) throw new UserException($"There is no preset {id}: it was deleted meanwhile. Open the list again.");
        if (basedOn is { } seen && seen != before.Number())
            throw new UserException(FormattableString.Invariant($"“{before.Name}” was changed meanwhile: it has revision {before.Number()}, and you saw {seen}. Open it again."));
        var after = change(before);
        if (after == before) return;
        if (before.Number() >= MostRevisions) throw new UserException($"“{before.Name}” has {MostRevisions} revisions, the most there can be. Fork it, and change the fork.");
        scope.Put(scope.Tables.PresetRevisions, PresetRevisionDocument.Of(before));
        scope.Put(scope.Tables.Presets, after with { Revision = before.Number() + 1, ChangedUtc = scope.Now, ChangedBy = scope.Actor.UserId });
    }

    private bool Insert(string id, SteeringPreset preset, bool shipped, PresetVisibility visibility, Actor actor, string action)
    {
        var (json, content) = Kept(preset);
        return db.Write(actor, action, id, scope =>
        {
            scope.Detail = new { preset.Name };
            if (scope.Find(scope.Tables.Presets, id) is not null) return false;
            scope.Put(scope.Tables.Presets, new PresetDocument(id, preset.Name, json, actor.UserId, scope.Now, shipped, null, visibility == PresetVisibility.Public ? null : visibility, content));
            return true;
        });
    }

    private PresetRow RowOf(PresetDocument preset)
    {
        var shown = facts.GetValue(preset, PresetFacts.Of);
        var marks = db.Tables.PresetMarks.Find(preset.Id);
        return new PresetRow(preset.Id, preset.Name, shown.Description ?? "", shown.Prompt, shown.Seconds, shown.Steers, shown.Sae.WeightsHash, shown.Sae.Name, shown.Model.CodecHash,
            preset.AuthorId, db.Tables.NameOf(preset.AuthorId), preset.CreatedUtc, preset.Shipped)
        {
            Visibility = preset.Seen(),
            Revision = preset.Number(),
            Content = preset.Content ?? shown.Content,
            Credit = shown.Author,
            Licence = shown.Licence,
            Parent = shown.Parent,
            Tags = marks?.Tags ?? [],
            MeanStars = marks?.MeanStars(),
            Ratings = marks?.Ratings.Count ?? 0,
            Comments = db.Tables.PresetComments.Values.Count(comment => comment.PresetId == preset.Id && comment.DeletedUtc is null),
        };
    }
}
