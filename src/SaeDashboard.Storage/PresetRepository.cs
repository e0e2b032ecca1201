using System.Text.Json;
using Dapper;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Storage;

/// <summary>Presets: kept whole as JSON, codes included.</summary>
public sealed class PresetRepository(Database db)
{
    /// <summary>Longest name, in characters.</summary>
    public const int LongestName = 120;

    /// <summary>Keeps a preset; gives its new id.</summary>
    /// <exception cref="UserException">The name is empty or too long.</exception>
    public string Add(SteeringPreset preset, Actor actor)
    {
        var id = Ids.New("preset");
        Insert(id, preset with { Name = Named(preset.Name) }, shipped: false, actor, "preset.add");
        return id;
    }

    /// <summary>Keeps a preset that came with the program, once: one that was changed or deleted since stays as people left it.</summary>
    /// <param name="id">An id that is the same at every start and on every machine.</param>
    /// <param name="preset">The preset.</param>
    /// <param name="actor">Whose name it bears.</param>
    /// <returns>Whether it was new.</returns>
    public bool AddShipped(string id, SteeringPreset preset, Actor actor) => Insert(id, preset, shipped: true, actor, "preset.ship");

    /// <summary>One preset, deleted ones included; null when there never was one of that id.</summary>
    public StoredPreset? Find(string id) => db.One<Whole>("""
        SELECT p.id, p.name, p.json, p.author_id AS authorId, u.name AS author, p.created_utc AS createdUtc, p.shipped, p.deleted_utc AS deletedUtc
        FROM presets p JOIN users u ON u.id = p.author_id WHERE p.id = @id
        """, new { id })?.ToPreset();

    /// <summary>All presets, the newest first; deleted ones are not in it.</summary>
    public IReadOnlyList<PresetRow> List() => [.. db.All<Listed>("""
        SELECT p.id, p.name, coalesce(json_extract(p.json, '$.description'), '') AS description, json_extract(p.json, '$.prompt') AS prompt,
               coalesce(json_extract(p.json, '$.frames') * 1.0 / nullif(json_extract(p.json, '$.model.frameRate'), 0), 0.0) AS seconds,
               json_extract(p.json, '$.steers') AS steers, json_extract(p.json, '$.sae.weightsHash') AS saeHash, json_extract(p.json, '$.sae.name') AS saeName,
               json_extract(p.json, '$.model.codecHash') AS codecHash, p.author_id AS authorId, u.name AS author, p.created_utc AS createdUtc, p.shipped
        FROM presets p JOIN users u ON u.id = p.author_id WHERE p.deleted_utc IS NULL ORDER BY p.created_utc DESC, p.id DESC
        """).Select(row => row.ToRow())];

    /// <summary>Gives it another name.</summary>
    /// <exception cref="UserException">There is no such preset, or the name is empty or too long.</exception>
    public void Rename(string id, string name, Actor actor) =>
        db.Change(actor, "preset.rename", "preset", id, "UPDATE presets SET name = @name WHERE id = @id AND deleted_utc IS NULL", new { name = Named(name) });

    /// <summary>Takes it out of the list; <see cref="Restore"/> brings it back.</summary>
    public void Delete(string id, Actor actor) => db.Change(actor, "preset.delete", "preset", id, "UPDATE presets SET deleted_utc = @now WHERE id = @id AND deleted_utc IS NULL");

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    public void Restore(string id, Actor actor) => db.Change(actor, "preset.restore", "preset", id, "UPDATE presets SET deleted_utc = NULL WHERE id = @id");

    private static string Named(string name) => name.Trim() switch
    {
        "" => throw new UserException("A preset needs a name."),
        { Length: > LongestName } longer => throw new UserException($"The preset's name has {longer.Length} characters; {LongestName} is the most."),
        var good => good,
    };

    private bool Insert(string id, SteeringPreset preset, bool shipped, Actor actor, string action) => db.Write(actor, action, id, scope =>
    {
        scope.Detail = new { preset.Name };
        return scope.Execute("""
            INSERT INTO presets (id, name, json, author_id, created_utc, shipped) VALUES (@id, @Name, @json, @UserId, @Now, @shipped) ON CONFLICT DO NOTHING
            """, new { id, preset.Name, json = JsonSerializer.Serialize(preset, JsonDefaults.Lines), actor.UserId, scope.Now, shipped }) > 0;
    });

    [method: ExplicitConstructor]
    private sealed record Whole(string Id, string Name, string Json, string AuthorId, string Author, DateTimeOffset CreatedUtc, bool Shipped, DateTimeOffset? DeletedUtc)
    {
        public StoredPreset ToPreset() =>
            new(Id, JsonSerializer.Deserialize<SteeringPreset>(Json, JsonDefaults.Data)! with { Name = Name }, AuthorId, Author, CreatedUtc, Shipped, DeletedUtc);
    }

    [method: ExplicitConstructor]
    private sealed record Listed(
        string Id, string Name, string Description, string? Prompt, double Seconds, string Steers, string SaeHash, string SaeName, string CodecHash,
        string AuthorId, string Author, DateTimeOffset CreatedUtc, bool Shipped)
    {
        public PresetRow ToRow() => new(Id, Name, Description, Prompt, Seconds, JsonSerializer.Deserialize<List<PresetSteer>>(Steers, JsonDefaults.Data)!,
            SaeHash, SaeName, CodecHash, AuthorId, Author, CreatedUtc, Shipped);
    }
}
