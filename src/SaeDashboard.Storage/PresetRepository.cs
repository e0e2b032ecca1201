using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Presets: kept whole as JSON, codes included.</summary>
public sealed class PresetRepository
{
    /// <summary>Longest name, in characters.</summary>
    public const int LongestName = PersonText.MaxName;

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
        ], db.Tables.Presets, db.Tables.Users);
    }

    /// <summary>Saves a preset and returns its new id.</summary>
    /// <exception cref="UserException">The name is empty or too long, or it could not be written.</exception>
    public string Add(SteeringPreset preset, Actor actor)
    {
        var id = Ids.New("preset");
        Insert(id, preset with { Name = Named(preset.Name) }, shipped: false, actor, "preset.add");
        return id;
    }

    /// <summary>Saves a preset that ships with the program, once: later changes and deletions by users are kept.</summary>
    /// <param name="id">An id that is the same at every start and on every machine.</param>
    /// <param name="preset">The preset.</param>
    /// <param name="actor">Its author.</param>
    /// <returns>Whether it was new.</returns>
    public bool AddShipped(string id, SteeringPreset preset, Actor actor) => Insert(id, preset, shipped: true, actor, "preset.ship");

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
        var whole = JsonSerializer.Deserialize<SteeringPreset>(preset.Json, JsonDefaults.Data)! with { Name = preset.Name };
        return new StoredPreset(preset.Id, whole, preset.AuthorId, author, preset.CreatedUtc, preset.Shipped, preset.DeletedUtc);
    }

    /// <summary>All presets, newest first, without deleted ones.</summary>
    public IReadOnlyList<PresetRow> List() => rows.Value;

    /// <summary>The deleted presets, the last deleted first.</summary>
    public IReadOnlyList<(string Id, string Name, DateTimeOffset DeletedUtc)> Deleted()
    {
        lock (db.Tables.Gate)
        {
            return [.. db.Tables.Presets.Values.Where(preset => preset.DeletedUtc is not null).OrderByDescending(preset => preset.DeletedUtc).Select(preset => (preset.Id, preset.Name, preset.DeletedUtc!.Value))];
        }
    }

    /// <summary>Renames it.</summary>
    /// <exception cref="UserException">The preset does not exist, the name is empty or too long, or it could not be written.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        name = Named(name);
        db.Change(actor, "preset.rename", "preset", db.Tables.Presets, id, (preset, _) => preset.DeletedUtc is null ? preset with { Name = name } : null, new { name });
    }

    /// <summary>Removes it from the list; <see cref="Restore"/> undoes that.</summary>
    /// <exception cref="UserException">The preset does not exist, or it could not be written.</exception>
    public void Delete(string id, Actor actor) =>
        db.Change(actor, "preset.delete", "preset", db.Tables.Presets, id, (preset, now) => preset.DeletedUtc is null ? preset with { DeletedUtc = now } : null);

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <exception cref="UserException">The preset does not exist, or it could not be written.</exception>
    public void Restore(string id, Actor actor) => db.Change(actor, "preset.restore", "preset", db.Tables.Presets, id, (preset, _) => preset with { DeletedUtc = null });

    private static string Named(string name) => name.Trim() switch
    {
        "" => throw new UserException("A preset needs a name."),
        { Length: > LongestName } longer => throw new UserException($"The preset's name has {longer.Length} characters; {LongestName} is the most."),
        var good => good,
    };

    private bool Insert(string id, SteeringPreset preset, bool shipped, Actor actor, string action)
    {
        var json = JsonSerializer.Serialize(preset, JsonDefaults.Lines);
        return db.Write(actor, action, id, scope =>
        {
            scope.Detail = new { preset.Name };
            if (scope.Find(scope.Tables.Presets, id) is not null) return false;
            scope.Put(scope.Tables.Presets, new PresetDocument(id, preset.Name, json, actor.UserId, scope.Now, shipped, null));
            return true;
        });
    }

    private PresetRow RowOf(PresetDocument preset)
    {
        var shown = facts.GetValue(preset, PresetFacts.Of);
        return new PresetRow(preset.Id, preset.Name, shown.Description ?? "", shown.Prompt, shown.Seconds, shown.Steers, shown.Sae.WeightsHash, shown.Sae.Name, shown.Model.CodecHash,
            preset.AuthorId, db.Tables.NameOf(preset.AuthorId), preset.CreatedUtc, preset.Shipped);
    }
}

/// <summary>A preset in a list, without its codes.</summary>
/// <param name="Id">Its id, which ends its link.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does, in a sentence or two.</param>
/// <param name="Prompt">The prompt; null: the null condition.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Steers">The steered features.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights.</param>
/// <param name="SaeName">The SAE's name where the preset was made.</param>
/// <param name="CodecHash">SHA-256 of the codec that plays its codes.</param>
/// <param name="AuthorId">Who made it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Shipped">Whether it came with the program.</param>
public sealed record PresetRow(
    string Id, string Name, string Description, string? Prompt, double Seconds, IReadOnlyList<PresetSteer> Steers, string SaeHash, string SaeName, string CodecHash,
    string AuthorId, string Author, DateTimeOffset CreatedUtc, bool Shipped);

/// <summary>What lists show of a preset, read once from its JSON, without codes.</summary>
internal sealed record PresetFacts(string? Description, string? Prompt, int Frames, IReadOnlyList<PresetSteer> Steers, PresetSae Sae, PresetModel Model)
{
    [JsonIgnore]
    public double Seconds => Model.FrameRate > 0 ? Frames / Model.FrameRate : 0;

    public static PresetFacts Of(PresetDocument preset) => JsonSerializer.Deserialize<PresetFacts>(preset.Json, JsonDefaults.Data)!;
}

/// <summary>A preset with its author.</summary>
/// <param name="Id">Its id, which ends its link.</param>
/// <param name="Preset">The preset.</param>
/// <param name="AuthorId">Who made it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Shipped">Whether it came with the program.</param>
/// <param name="DeletedUtc">When it was deleted; null: not deleted.</param>
public sealed record StoredPreset(string Id, SteeringPreset Preset, string AuthorId, string Author, DateTimeOffset CreatedUtc, bool Shipped, DateTimeOffset? DeletedUtc);
