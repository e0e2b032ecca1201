using System.Security.Cryptography;
using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Links that open a preset. The word in one is random: 32 characters of 32, 160 bits.</summary>
public sealed class PresetLinkRepository(Database db)
{
    /// <summary>Characters of the word in a link.</summary>
    public const int WordLength = 32;

    /// <summary>Links that a preset can have at once, revoked ones not counted.</summary>
    public const int MostLinks = 100;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Whether a text has the form of a link's word.</summary>
    public static bool IsWord(string word) => word.Length == WordLength && word.All(Alphabet.Contains);

    /// <summary>Makes a link; gives its word.</summary>
    /// <exception cref="UserException">The preset does not exist, has too many links, or it could not be written.</exception>
    public string Add(string presetId, Actor actor)
    {
        var word = RandomNumberGenerator.GetString(Alphabet, WordLength);
        db.Write(actor, "preset.link", presetId, scope =>
        {
            if (scope.Find(scope.Tables.Presets, presetId) is not { DeletedUtc: null }) throw new UserException($"There is no preset {presetId}: it was deleted meanwhile. Open the list again.");
            if (scope.All(scope.Tables.PresetLinks).Count(link => link.PresetId == presetId && link.RevokedUtc is null) >= MostLinks)
                throw new UserException($"This preset has {MostLinks} links, the most there can be. Revoke one first.");
            scope.Put(scope.Tables.PresetLinks, new PresetLinkDocument(word, presetId, scope.Actor.UserId, scope.Now, null));
        });
        return word;
    }

    /// <summary>Revokes a link: it opens nothing from now on, and is not given again.</summary>
    /// <exception cref="UserException">There is no such link, or it could not be written.</exception>
    public void Revoke(string word, Actor actor) =>
        db.Change(actor, "preset.revokeLink", "link", db.Tables.PresetLinks, word, (link, now) => link.RevokedUtc is null ? link with { RevokedUtc = now } : link);

    /// <summary>A preset's links, the newest first, revoked ones included.</summary>
    public IReadOnlyList<PresetLink> Of(string presetId)
    {
        lock (db.Tables.Gate)
        {
            return [.. db.Tables.PresetLinks.Values.Where(link => link.PresetId == presetId).OrderByDescending(link => link.CreatedUtc).ThenBy(link => link.Id, StringComparer.Ordinal)
                .Select(link => new PresetLink(link.Id, link.PresetId, link.AuthorId, db.Tables.NameOf(link.AuthorId), link.CreatedUtc, link.RevokedUtc))];
        }
    }

    /// <summary>The link of that word; null: there is none.</summary>
    public PresetLink? Find(string word)
    {
        if (word.Length != WordLength) return null;
        lock (db.Tables.Gate)
        {
            return db.Tables.PresetLinks.Find(word) is { } link ? new PresetLink(link.Id, link.PresetId, link.AuthorId, db.Tables.NameOf(link.AuthorId), link.CreatedUtc, link.RevokedUtc) : null;
        }
    }
}

/// <summary>A link that opens a preset.</summary>
/// <param name="Word">The random word in its address.</param>
/// <param name="PresetId">The preset.</param>
/// <param name="AuthorId">Who made the link.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="RevokedUtc">When it was revoked; null: it opens the preset.</param>
public sealed record PresetLink(string Word, string PresetId, string AuthorId, string Author, DateTimeOffset CreatedUtc, DateTimeOffset? RevokedUtc);
