using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Presets;

/// <summary>What people say of presets, and the links that open them. Open pages learn of changes by <see cref="PresetService.Changed"/>.</summary>
public sealed class PresetTalk(PresetTalkRepository talk, PresetLinkRepository links, PresetService presets, IStoreAccess store)
{
    /// <summary>The page of a link, from the site's root.</summary>
    public static string PageOf(string word) => $"p/{word}";

    /// <summary>A preset's comments, oldest first.</summary>
    public IReadOnlyList<PresetComment> Comments(string presetId) => store.Read(() => talk.Comments(presetId));

    /// <summary>One comment, deleted ones included; null: there never was one of that id.</summary>
    public PresetComment? Comment(string id) => store.Read(() => talk.FindComment(id));

    /// <summary>A person's stars; null: none.</summary>
    public int? StarsOf(string presetId, Actor actor) => store.Read(() => talk.StarsOf(presetId, actor));

    /// <inheritdoc cref="PresetTalkRepository.Rate"/>
    public void Rate(string presetId, int? stars, Actor actor) => Write(() => talk.Rate(presetId, stars, actor));

    /// <inheritdoc cref="PresetTalkRepository.Tag"/>
    public void Tag(string presetId, IReadOnlyList<string> add, IReadOnlyList<string> remove, Actor actor) => Write(() => talk.Tag(presetId, add, remove, actor));

    /// <inheritdoc cref="PresetTalkRepository.Comment"/>
    public PresetComment Add(string presetId, string text, double? at, Actor actor) => Write(() => talk.Comment(presetId, text, at, actor));

    /// <inheritdoc cref="PresetTalkRepository.EditComment"/>
    public PresetComment Edit(string id, string text, double? at, int? version, Actor actor) => Write(() => talk.EditComment(id, text, at, version, actor));

    /// <inheritdoc cref="PresetTalkRepository.DeleteComment"/>
    public void Delete(string id, Actor actor) => Write(() => talk.DeleteComment(id, actor));

    /// <inheritdoc cref="PresetTalkRepository.RestoreComment"/>
    public void Restore(string id, Actor actor) => Write(() => talk.RestoreComment(id, actor));

    /// <summary>A preset's links, the newest first, revoked ones included.</summary>
    public IReadOnlyList<PresetLink> Links(string presetId) => store.Read(() => links.Of(presetId));

    /// <summary>Makes a link to a preset of one's own.</summary>
    /// <exception cref="UserException">It is another person's or private, has too many, or it was not saved.</exception>
    public string AddLink(StoredPreset stored, Actor actor)
    {
        if (!PresetService.IsOf(stored, actor)) throw new UserException($"{stored.Author} made “{stored.Preset.Name}”, and its author makes links to it. Fork it, and share the fork.");
        if (stored.Visibility == PresetVisibility.Private) throw new UserException("A private preset has no links: make it unlisted or public first.");
        return Write(() => links.Add(stored.Id, actor));
    }

    /// <summary>Revokes a link to a preset of one's own.</summary>
    /// <exception cref="UserException">There is no such link to it, it is another person's, or it was not saved.</exception>
    public void Revoke(StoredPreset stored, string word, Actor actor)
    {
        if (!PresetService.IsOf(stored, actor)) throw new UserException($"{stored.Author} made “{stored.Preset.Name}”, and its author revokes links to it.");
        if (store.Read(() => links.Find(word)) is not { } link || link.PresetId != stored.Id) throw new UserException("There is no such link to this preset.");
        Write(() => links.Revoke(word, actor));
    }

    /// <summary>The preset that a link opens; null: there is no such link, it was revoked, or the preset is private or deleted. Which of these is not said.</summary>
    public StoredPreset? Open(string word) =>
        store.Read(() => links.Find(word)) is { RevokedUtc: null } link && presets.Find(link.PresetId) is { DeletedUtc: null, Visibility: not PresetVisibility.Private } stored ? stored : null;

    private T Write<T>(Func<T> write)
    {
        var result = store.Write(write);
        presets.Announce();
        return result;
    }

    private void Write(Action write)
    {
        store.Write(write);
        presets.Announce();
    }
}
