using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage.Exchange;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Labels with every revision and rating, comments, lists of features, saved views, queues with their annotations and presets, as JSON Lines (docs/exchange.md): for other machines, for reading and for keeping.</summary>
public sealed class DataExport
{
    private readonly TableSet tables;
    private readonly string site;

    /// <summary>Of a database that is open.</summary>
    public DataExport(Database db) : this(db.Tables, db.Site)
    {
    }

    private DataExport(TableSet tables, string site) => (this.tables, this.site) = (tables, site);

    /// <summary>Of a folder that is only read: on a read-only disk, or while a site has it open.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="notice">Takes what a person should know of the files.</param>
    /// <exception cref="UserException">Something cannot be read, or a newer or a much older program has written it.</exception>
    public static DataExport OfFolder(string folder, Action<string> notice)
    {
        var stored = StoredFolder.Read(folder);
        foreach (var line in stored.Notices) notice(line);
        return new DataExport(stored.Tables, stored.Site);
    }

    /// <summary>A person's id as other data folders know it: “local” is another person in each of them.</summary>
    /// <param name="userId">The id that is kept here.</param>
    public string OutsideId(string userId) => SiteIds.Outside(userId, site);

    /// <summary>Writes everything as it is now.</summary>
    /// <param name="to">The stream; it stays open.</param>
    /// <param name="now">The time the file says.</param>
    /// <param name="reader">Who gets it: of others' lists and views they get the shared ones. Null: all of everybody's.</param>
    /// <param name="saeHash">The SAE whose labels, lists and views alone are written; null: those of every SAE, the presets and what people say of takes.</param>
    public void Write(Stream to, DateTimeOffset now, Actor? reader = null, string? saeHash = null)
    {
        LabelDocument[] labels;
        PresetDocument[] presets;
        CommentDocument[] comments;
        FeatureListDocument[] lists;
        SavedViewDocument[] views;
        QueueDocument[] queues;
        ItemDocument[] items;
        TalkExport? talk;
        Dictionary<string, string> names;
        lock (tables.Gate)
        {
            labels = [.. tables.Labels.Values.Where(label => saeHash is null || label.SaeHash == saeHash)];
            presets = [.. tables.Presets.Values.Where(preset => saeHash is null && Seen(preset, reader))];
            talk = saeHash is null ? TalkExport.Of(tables, presets, reader, withTakes: true) : null;
            lists = [.. tables.Lists.Values.Where(list => list.DeletedUtc is null && (reader is null || list.Shared || list.OwnerId == reader.UserId) && (saeHash is null || list.SaeHash == saeHash))];
            views = [.. tables.Views.Values.Where(view => view.DeletedUtc is null && (reader is null || view.Shared || view.OwnerId == reader.UserId) && (saeHash is null || view.SaeHash == saeHash))];
            comments = [.. tables.Comments.Values.Where(comment => comment.DeletedUtc is null && (saeHash is null || comment.SaeHash == saeHash))];
            queues = [.. tables.Queues.Values.Where(queue => saeHash is null || queue.Content.SaeHash == saeHash)];
            items = [.. tables.Items.Values];
            names = tables.Users.Values.ToDictionary(user => user.Id, user => user.Name, StringComparer.Ordinal);
        }
        Line(to, new HeaderLine(HeaderLine.Newest, site, now));
        foreach (var label in labels.OrderBy(label => label.SaeHash, StringComparer.Ordinal).ThenBy(label => label.Feature))
        {
            foreach (var revision in label.Revisions) Line(to, LineOf(label, revision, PersonOf));
        }
        foreach (var list in lists.OrderBy(list => list.Id, StringComparer.Ordinal))
            Line(to, new ListLine(ExchangeJson.List, list.Id, list.Name, list.SaeHash, list.Features, PersonOf(list.OwnerId), list.CreatedUtc, list.ChangedUtc, list.Shared));
        foreach (var view in views.OrderBy(view => view.Id, StringComparer.Ordinal))
            Line(to, new ViewLine(ExchangeJson.View, view.Id, view.Name, view.Query, PersonOf(view.OwnerId), view.CreatedUtc, view.SaeHash, view.Shared));
        foreach (var preset in presets.OrderBy(preset => preset.Id, StringComparer.Ordinal)) Line(to, LineOf(preset, PersonOf));
        talk?.Write(to, PersonOf);
        foreach (var comment in comments.OrderBy(comment => comment.SaeHash, StringComparer.Ordinal).ThenBy(comment => comment.Feature).ThenBy(comment => comment.CreatedUtc).ThenBy(comment => comment.Id, StringComparer.Ordinal))
            Line(to, new CommentLine(ExchangeJson.Comment, comment.Id, comment.SaeHash, comment.Feature, comment.Text, PersonOf(comment.AuthorId), comment.CreatedUtc, comment.EditedUtc, comment.Anchor));
        new AnnotationExport(queues, items, labels, PersonOf).Write(to);

        PersonPart PersonOf(string id) => new(SiteIds.Outside(id, site), names.GetValueOrDefault(id, id));
    }

    /// <summary>Writes one preset with its stars, tags, comments and links.</summary>
    /// <param name="to">The stream; it stays open.</param>
    /// <param name="now">The time the file says.</param>
    /// <param name="reader">Who gets it.</param>
    /// <param name="presetId">The preset.</param>
    /// <returns>Whether there is such a preset that the person may see; if not, nothing is written.</returns>
    public bool WritePreset(Stream to, DateTimeOffset now, Actor reader, string presetId)
    {
        PresetDocument? preset;
        TalkExport talk;
        Dictionary<string, string> names;
        lock (tables.Gate)
        {
            preset = tables.Presets.Find(presetId);
            if (preset is null || !Seen(preset, reader)) return false;
            talk = TalkExport.Of(tables, [preset], reader, withTakes: false);
            names = tables.Users.Values.ToDictionary(user => user.Id, user => user.Name, StringComparer.Ordinal);
        }
        Line(to, new HeaderLine(HeaderLine.Newest, site, now));
        Line(to, LineOf(preset, PersonOf));
        talk.Write(to, PersonOf);
        return true;

        PersonPart PersonOf(string id) => new(SiteIds.Outside(id, site), names.GetValueOrDefault(id, id));
    }

    private static bool Seen(PresetDocument preset, Actor? reader) => preset.DeletedUtc is null && (reader is null || preset.Seen() == PresetVisibility.Public || preset.AuthorId == reader.UserId);

    private static PresetLine LineOf(PresetDocument preset, Func<string, PersonPart> personOf) =>
        new(ExchangeJson.Preset, preset.Id, personOf(preset.AuthorId), preset.CreatedUtc, WithName(preset), preset.Shipped, preset.Visibility);

    private static LabelLine LineOf(LabelDocument label, Revision revision, Func<string, PersonPart> personOf) => new(
        ExchangeJson.Label, label.SaeHash, label.Feature, revision.Text, personOf(revision.AuthorId), revision.CreatedUtc, revision.Note,
        label.Revisions.FirstOrDefault(each => each.Id == revision.RestoredFrom)?.CreatedUtc,
        revision.Ratings.Count == 0 ? null : [.. revision.Ratings.Select(rating => new RatingPart(personOf(rating.UserId), rating.Stars, rating.RatedUtc))]);

    // The name it has now is in the preset itself: there it is looked for.
    private static JsonElement WithName(PresetDocument preset)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(preset.Json)!;
        json["name"] = preset.Name;
        return JsonSerializer.SerializeToElement(json, ExchangeJson.Options);
    }

    internal static void Line<T>(Stream to, T line)
    {
        JsonSerializer.Serialize(to, line, ExchangeJson.Options);
        to.WriteByte((byte)'\n');
    }
}
