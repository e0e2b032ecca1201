using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Data;

/// <summary>What the Data page lists.</summary>
public enum DataKind
{
    Model,

    Dataset,

    Sae,

    Activations,
}

/// <summary>
/// Deleted models, datasets, SAEs and activations. Each is kept as long as a deleted run, in a folder of its own in <c>.trash</c> next to the others of
/// its kind: <c>saes/.trash/deleted-20261130-101502-x7k2/NAME</c> with the name that people knew it by. A rename within one disk: whole or not at all.
/// </summary>
internal sealed class DataTrash(DataRoot root)
{
    private const string Name = ".trash";

    /// <summary>Where folders of a kind are.</summary>
    public string Parent(DataKind kind) => kind switch
    {
        DataKind.Model => root.Models,
        DataKind.Dataset => root.Datasets,
        DataKind.Sae => root.Saes,
        DataKind.Activations => root.Activations,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Whether a folder is directly among those of its kind: others are used in place and are not the site's to move.</summary>
    public bool Holds(DataKind kind, string folder) => Path.GetDirectoryName(folder) == Parent(kind);

    /// <summary>Moves a folder there.</summary>
    /// <returns>The id by which <see cref="TakeBack"/> finds it.</returns>
    /// <exception cref="UserException">It cannot be moved; it is where it was.</exception>
    public string Put(DataKind kind, string folder, string name)
    {
        var id = Ids.New("deleted");
        var place = Path.Combine(Parent(kind), Name, id);
        try
        {
            Directory.CreateDirectory(place);
            FolderName.Write(place, name);
            Directory.Move(folder, Path.Combine(place, Path.GetFileName(folder)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserException)
        {
            TryRemove(place);
            throw new UserException($"{folder} cannot be moved to {place}: {error.Message}", error);
        }
        return id;
    }

    /// <summary>Brings a folder back to where it was, and gives that place.</summary>
    /// <exception cref="UserException">It was removed meanwhile, its place is taken, or it cannot be moved.</exception>
    public string TakeBack(DataKind kind, string id)
    {
        var trash = Path.Combine(Parent(kind), Name);
        var folder = Ids.IsValid("deleted", id) ? Inside(Path.Combine(trash, id)) : null;
        if (folder is null) throw new UserException($"{id} is not in {trash} any more.");
        var place = Path.Combine(Parent(kind), Path.GetFileName(folder));
        if (Path.Exists(place)) throw new UserException($"{place} exists. Move it away, then restore the deleted one.");
        try
        {
            Directory.Move(folder, place);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be moved to {place}: {error.Message}", error);
        }
        TryRemove(Path.GetDirectoryName(folder)!);
        return place;
    }

    /// <summary>What is in the trash, the last deleted first. It lists folders.</summary>
    public IReadOnlyList<DeletedData> List() =>
    [
        .. Enum.GetValues<DataKind>().SelectMany(kind => Folders(kind).Where(place => Inside(place) is not null).Select(place => (Kind: kind, Place: place, DeletedUtc: Ids.CreatedUtc(Path.GetFileName(place))!.Value)))
            .Select(each => new DeletedData(each.Kind, Path.GetFileName(each.Place), FolderName.Read(each.Place) ?? Path.GetFileName(Inside(each.Place)!), each.DeletedUtc, each.DeletedUtc + RunTrash.Kept))
            .OrderByDescending(each => each.DeletedUtc).ThenByDescending(each => each.Id, StringComparer.Ordinal),
    ];

    /// <summary>Removes what was deleted longer ago than it is kept, and what a move that failed left. What cannot be removed stays.</summary>
    /// <param name="kept">Called for a folder that cannot be removed, with the reason.</param>
    public void Empty(Action<string, string> kept)
    {
        foreach (var place in Enum.GetValues<DataKind>().SelectMany(Folders))
        {
            if (Inside(place) is not null && DateTimeOffset.UtcNow - Ids.CreatedUtc(Path.GetFileName(place)) <= RunTrash.Kept) continue;
            try
            {
                Directory.Delete(place, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                kept(place, error.Message);
            }
        }
    }

    private IEnumerable<string> Folders(DataKind kind)
    {
        var trash = Path.Combine(Parent(kind), Name);
        try
        {
            return Directory.Exists(trash) ? [.. Directory.EnumerateDirectories(trash).Where(place => Ids.IsValid("deleted", Path.GetFileName(place)))] : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not ours to read: then nothing can be restored from it either.
            return [];
        }
    }

    /// <summary>The deleted folder; null: there is none.</summary>
    private static string? Inside(string place)
    {
        try
        {
            return Directory.Exists(place) ? Directory.EnumerateDirectories(place).FirstOrDefault() : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void TryRemove(string place)
    {
        try
        {
            if (Directory.Exists(place) && Inside(place) is null) Directory.Delete(place, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next start removes it.
        }
    }
}

/// <summary>Something in the trash of the data folder.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">By which it is restored.</param>
/// <param name="Name">What people called it.</param>
/// <param name="DeletedUtc">When it was deleted.</param>
/// <param name="UntilUtc">When it is removed for good, at the next start of the site after that.</param>
public sealed record DeletedData(DataKind Kind, string Id, string Name, DateTimeOffset DeletedUtc, DateTimeOffset UntilUtc);
