using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Features;

/// <summary>Names and rates features, and tells every open page that shows them.</summary>
public sealed class FeatureLabels(LabelRepository labels, RatingRepository ratings, IStoreAccess store)
{
    private readonly ConcurrentDictionary<string, long> lastRevisions = new(StringComparer.Ordinal);

    /// <summary>A feature's label or its rating changed. Raised on the thread that made the change.</summary>
    public event Action<FeatureKey>? Changed;

    /// <summary>The labels of an SAE's features by their indices. It never changes: take it again when <see cref="Changed"/> says so.</summary>
    public IReadOnlyDictionary<int, CurrentLabel> Current(string saeHash) => store.Read(() => labels.Current(saeHash));

    /// <summary>When an SAE's features were last labelled, as the number of that revision; 0: never. From memory after the first time.</summary>
    public long LastRevision(string saeHash) => lastRevisions.GetOrAdd(saeHash, hash => Current(hash).Values.Select(label => label.RevisionId).DefaultIfEmpty().Max());

    /// <summary>Gives a feature a label; an empty one takes the label away.</summary>
    /// <exception cref="UserException">The label or the note is refused, or it was not saved.</exception>
    /// <exception cref="LabelConflictException">The label is not the one that <paramref name="basis"/> names.</exception>
    public LabelRevision Name(FeatureKey key, string text, string? note, Actor actor, LabelBasis? basis = null)
    {
        text = PersonText.Line(text, "The label", LabelRepository.LongestText);
        note = PersonText.Lines(note, "The note", LabelRepository.LongestNote);
        var revision = store.Write(() => labels.Add(key, text, note, actor, basis));
        Publish(key);
        return revision;
    }

    /// <summary>Takes up an older revision's text again.</summary>
    /// <exception cref="UserException">There is no such revision.</exception>
    public LabelRevision Restore(long revisionId, Actor actor)
    {
        var revision = store.Write(() => labels.Restore(revisionId, actor));
        Publish(revision.Key);
        return revision;
    }

    /// <summary>Sets a person's stars for a label's revision; the same stars again take them back.</summary>
    /// <returns>The person's stars now; null: none.</returns>
    /// <exception cref="UserException">No such number of stars.</exception>
    public int? Rate(LabelRevision revision, int stars, Actor actor)
    {
        var again = store.Read(() => ratings.Mine(revision.Id, actor)) == stars;
        store.Write(() =>
        {
            if (again) ratings.Clear(revision.Id, actor);
            else ratings.Set(revision.Id, stars, actor);
        });
        Publish(revision.Key);
        return again ? null : stars;
    }

    /// <summary>Sets a person's stars for a label's revision; null takes them away.</summary>
    /// <exception cref="UserException">No such number of stars, or it was not saved.</exception>
    public void SetStars(LabelRevision revision, int? stars, Actor actor)
    {
        store.Write(() =>
        {
            if (stars is { } given) ratings.Set(revision.Id, given, actor);
            else ratings.Clear(revision.Id, actor);
        });
        Publish(revision.Key);
    }

    /// <summary>One revision; null: no such number.</summary>
    public LabelRevision? Find(long revisionId, Actor reader) => store.Read(() => labels.Find(revisionId, reader));

    private void Publish(FeatureKey key)
    {
        lastRevisions.TryRemove(key.SaeHash, out _);
        Changed?.Invoke(key);
    }

    /// <summary>Tells the open pages of a change that was written in another way: an import.</summary>
    public void Announce(FeatureKey key) => Publish(key);

    /// <summary>Every revision of a feature's label, the newest first.</summary>
    public IReadOnlyList<LabelRevision> History(FeatureKey key, Actor reader) => store.Read(() => labels.History(key, reader));
}
