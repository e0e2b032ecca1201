using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage.Exchange;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Labels with every revision and rating, comments and presets, as JSON Lines (docs/exchange.md): for other machines, for reading and for keeping.</summary>
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

    /// <summary>Writes everything as it is now.</summary>
    /// <param name="to">The stream; it stays open.</param>
    /// <param name="now">The time the file says.</param>
    public void Write(Stream to, DateTimeOffset now)
    {
        LabelDocument[] labels;
        PresetDocument[] presets;
        CommentDocument[] comments;
        Dictionary<string, string> names;
        lock (tables.Gate)
        {
            labels = [.. tables.Labels.Values];
            presets = [.. tables.Presets.Values.Where(preset => preset.DeletedUtc is null)];
            comments = [.. tables.Comments.Values.Where(comment => comment.DeletedUtc is null)];
            names = tables.Users.Values.ToDictionary(user => user.Id, user => user.Name, StringComparer.Ordinal);
        }
        Line(to, new HeaderLine(HeaderLine.Newest, site, now));
        foreach (var label in labels.OrderBy(label => label.SaeHash, StringComparer.Ordinal).ThenBy(label => label.Feature))
        {
            foreach (var revision in label.Revisions) Line(to, LineOf(label, revision, PersonOf));
        }
        foreach (var preset in presets.OrderBy(preset => preset.Id, StringComparer.Ordinal))
            Line(to, new PresetLine(ExchangeJson.Preset, preset.Id, PersonOf(preset.AuthorId), preset.CreatedUtc, WithName(preset), preset.Shipped));
        foreach (var comment in comments.OrderBy(comment => comment.SaeHash, StringComparer.Ordinal).ThenBy(comment => comment.Feature).ThenBy(comment => comment.CreatedUtc).ThenBy(comment => comment.Id, StringComparer.Ordinal))
            Line(to, new CommentLine(ExchangeJson.Comment, comment.Id, comment.SaeHash, comment.Feature, comment.Text, PersonOf(comment.AuthorId), comment.CreatedUtc, comment.EditedUtc, comment.Anchor));

        PersonPart PersonOf(string id) => new(SiteIds.Outside(id, site), names.GetValueOrDefault(id, id));
    }

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

    private static void Line<T>(Stream to, T line)
    {
        JsonSerializer.Serialize(to, line, ExchangeJson.Options);
        to.WriteByte((byte)'\n');
    }
}
