using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Features;

/// <summary>Comments on features; tells every open page that shows them. What it gives is from memory and never changes: take it again when <see cref="Changed"/> says so.</summary>
public sealed class CommentService(CommentRepository comments, IStoreAccess store)
{
    /// <summary>A feature's comments changed. Raised on the thread that made the change.</summary>
    public event Action<FeatureKey>? Changed;

    /// <summary>A feature's comments, oldest first.</summary>
    public IReadOnlyList<FeatureComment> Of(FeatureKey key) => store.Read(() => comments.Of(key));

    /// <summary>Every comment on features of an SAE.</summary>
    public IReadOnlyList<FeatureComment> OfSae(string saeHash) => store.Read(() => comments.OfSae(saeHash));

    /// <summary>How many comments each feature of an SAE has; features without one are left out.</summary>
    public IReadOnlyDictionary<int, int> Counts(string saeHash) => store.Read(() => comments.Counts(saeHash));

    /// <summary>One comment, deleted ones included; null: there never was one of that id.</summary>
    public FeatureComment? Find(string id) => store.Read(() => comments.Find(id));

    /// <inheritdoc cref="CommentRepository.Add"/>
    public FeatureComment Add(FeatureKey key, string text, CommentAnchor? anchor, Actor actor) => Announced(store.Write(() => comments.Add(key, text, anchor, actor)));

    /// <inheritdoc cref="CommentRepository.Edit"/>
    public FeatureComment Edit(string id, string text, CommentAnchor? anchor, Actor actor, int? version = null) => Announced(store.Write(() => comments.Edit(id, text, anchor, actor, version)));

    /// <inheritdoc cref="CommentRepository.Delete"/>
    public void Delete(string id, Actor actor) => Change(id, () => comments.Delete(id, actor));

    /// <inheritdoc cref="CommentRepository.Restore"/>
    public void Restore(string id, Actor actor) => Change(id, () => comments.Restore(id, actor));

    /// <summary>Tells the open pages of a change that was written in another way: an import.</summary>
    public void Announce(FeatureKey key) => Changed?.Invoke(key);

    /// <summary>A span as a media fragment: "#t=3.2,5"; empty for a whole clip.</summary>
    public static string Fragment(CommentAnchor anchor) => anchor is { From: { } from, To: { } to } ? FormattableString.Invariant($"#t={from:0.###},{to:0.###}") : "";

    private void Change(string id, Action write)
    {
        store.Write(write);
        if (comments.Find(id) is { } changed) Announce(changed.Key);
    }

    private FeatureComment Announced(FeatureComment comment)
    {
        Announce(comment.Key);
        return comment;
    }
}
