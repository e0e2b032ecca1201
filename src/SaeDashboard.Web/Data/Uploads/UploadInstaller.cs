using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Importing;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data.Importing;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data.Uploads;

/// <summary>What uploaded files are to become.</summary>
public enum UploadKind
{
    /// <summary>A MusicGen folder.</summary>
    Model,

    /// <summary>An SAE folder.</summary>
    Sae,

    /// <summary>A dataset of codes: metadata.jsonl and codes.safetensors.</summary>
    Dataset,

    /// <summary>Sounds and a table of captions, to be imported.</summary>
    Sounds,
}

/// <summary>What was made of uploaded files.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="Name">The folder's name.</param>
/// <param name="Files">How many files it has.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Hash">The hash by which it is known; null for sounds.</param>
/// <param name="Next">The page to go on with, from the site's root.</param>
public sealed record UploadedFolder(UploadKind Kind, string Name, int Files, long Bytes, string? Hash, string Next);

/// <summary>
/// Makes a model, an SAE, a dataset or a folder of sounds of uploaded files: put together in a hidden folder, read and hashed there as the catalog
/// would, and given its name only if it can be used. What is refused leaves the uploads as they were. Nothing of it is executed.
/// </summary>
internal sealed class UploadInstaller(UploadStore uploads, DataRoot root, ICatalog catalog, AuditRepository audit, IOptions<UploadOptions> options)
{
    // What such folders hold. Programs, which some models bring, are not read and not kept.
    private static readonly HashSet<string> Endings = new([".json", ".jsonl", ".safetensors", ".txt", ".md", ".csv", ".model", ".pt", ".bin"], StringComparer.OrdinalIgnoreCase);
    private static readonly HashSet<string> TableEndings = new([".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".txt", ".md"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Puts the files together.</summary>
    /// <param name="infos">The uploads, all complete.</param>
    /// <param name="kind">What they are to become.</param>
    /// <param name="name">The folder's name.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UserException">They cannot be used; the message says why.</exception>
    public UploadedFolder Install(IReadOnlyList<UploadInfo> infos, UploadKind kind, string name, Actor actor, CancellationToken cancellation)
    {
        if (DatasetImports.FolderOf(PersonText.Name(name, "The name", 80)) is not { Length: > 0 } folder) throw new UserException("The name has no letter and no digit: a folder is named by it.");
        if (infos.Count == 0) throw new UserException("There is no file.");
        foreach (var info in infos.Where(info => uploads.Offset(info) != info.Length)) throw new UserException($"{info.Path} is not complete yet: {uploads.Offset(info)} of {info.Length} bytes are here.");
        if (infos.GroupBy(info => info.Path, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice) throw new UserException($"{twice.Key} was uploaded twice.");
        var target = Path.Combine(kind switch { UploadKind.Model => root.Models, UploadKind.Sae => root.Saes, UploadKind.Dataset => root.Datasets, _ => root.Sounds }, folder);
        if (Path.Exists(target)) throw new UserException($"There is a folder {folder} already: give this one another name.");
        // Under its own name: the place that a sparsify SAE reads is in the folder's.
        var around = Path.Combine(root.Uploads, UploadStore.StagingPrefix + Guid.NewGuid().ToString("N"));
        var work = Path.Combine(around, folder);
        var moved = new List<(string From, string To)>();
        try
        {
            Directory.CreateDirectory(work);
            Gather(infos, work, moved, cancellation);
            TakeOutOfOneFolder(work, moved);
            RefuseOthers(work, kind);
            var hash = Check(work, kind, folder);
            var files = Directory.EnumerateFiles(work, "*", SearchOption.AllDirectories).ToList();
            var made = new UploadedFolder(kind, folder, files.Count, files.Sum(file => new FileInfo(file).Length), hash, kind == UploadKind.Sounds ? $"data/import?folder={Uri.EscapeDataString(folder)}" : "data");
            audit.Write(actor, $"{kind.Name()}.upload", target);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            // In one step: nothing is seen of it before.
            Directory.Move(work, target);
            foreach (var info in infos) uploads.Delete(info);
            _ = catalog.RescanAsync(CancellationToken.None);
            return made;
        }
        catch (Exception error)
        {
            // What was refused can be completed, or uploaded as something else.
            foreach (var (from, to) in Enumerable.Reverse(moved)) if (File.Exists(to)) File.Move(to, from, overwrite: true);
            if (error is UserException) throw new UserException(error.Message.Replace(work, folder, StringComparison.Ordinal), error);
            if (error is IOException or UnauthorizedAccessException) throw AtomicFile.CannotWrite(target, error);
            throw;
        }
        finally
        {
            if (Directory.Exists(around)) Directory.Delete(around, recursive: true);
        }
    }

    private void Gather(IReadOnlyList<UploadInfo> infos, string work, List<(string From, string To)> moved, CancellationToken cancellation)
    {
        var extractor = new ArchiveExtractor(work, options.Value.MaxFiles, options.Value.MaxBytes, cancellation);
        foreach (var info in infos)
        {
            if (UploadPaths.IsArchive(info.Path))
            {
                extractor.Extract(uploads.ContentOf(info.Id), info.Path);
                continue;
            }
            var to = Path.Combine(work, info.Path);
            if (Path.Exists(to)) throw new UserException($"{info.Path} is in an archive too.");
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Move(uploads.ContentOf(info.Id), to);
            moved.Add((uploads.ContentOf(info.Id), to));
        }
    }

    /// <summary>An archive of a folder holds the folder: its contents are what is meant.</summary>
    private static void TakeOutOfOneFolder(string work, List<(string From, string To)> moved)
    {
        for (var depth = 0; depth < 3 && Directory.GetFileSystemEntries(work) is [var only] && Directory.Exists(only); depth++)
        {
            // A name that nothing in it has.
            var aside = Path.Combine(work, $".inner-{Guid.NewGuid():N}");
            Directory.Move(only, aside);
            foreach (var entry in Directory.EnumerateFileSystemEntries(aside).ToList()) Directory.Move(entry, Path.Combine(work, Path.GetFileName(entry)));
            Directory.Delete(aside);
            for (var at = 0; at < moved.Count; at++)
                if (moved[at].To.StartsWith(only + Path.DirectorySeparatorChar, StringComparison.Ordinal)) moved[at] = (moved[at].From, Path.Combine(work, Path.GetRelativePath(only, moved[at].To)));
        }
    }

    private static void RefuseOthers(string work, UploadKind kind)
    {
        foreach (var file in Directory.EnumerateFiles(work, "*", SearchOption.AllDirectories))
        {
            var ending = Path.GetExtension(file);
            var fits = kind == UploadKind.Sounds ? SoundFolder.IsSound(file) || TableEndings.Contains(ending) : Endings.Contains(ending);
            if (!fits && kind == UploadKind.Sounds) File.Delete(file);
            else if (!fits) throw new UserException($"{Path.GetRelativePath(work, file)} was refused: such a folder holds {string.Join(", ", Endings)}. Leave the file out.");
        }
    }

    /// <summary>Reads the folder as the catalog does; its hash.</summary>
    private static string? Check(string work, UploadKind kind, string name)
    {
        switch (kind)
        {
            case UploadKind.Model: return Hash(new ModelReader(), work, name);
            case UploadKind.Sae: return Hash(new SaeReader(), work, name);
            case UploadKind.Dataset: return Hash(new DatasetReader(), work, name);
            default:
                if (!Directory.EnumerateFiles(work, "*", SearchOption.AllDirectories).Any(SoundFolder.IsSound)) throw new UserException("There is no sound among the files: .wav, .flac, .mp3, .ogg and others.");
                return null;
        }
    }

    private static string? Hash<T>(IFolderReader<T> reader, string work, string name) where T : CatalogEntry
    {
        var folder = CatalogFolder.Read(work, shipped: false) ?? throw new UserException($"{name} is empty.");
        var entry = reader.Read(folder, reader.Blank(name, name, work));
        if (entry.Problem is { } problem) throw new UserException(problem);
        return reader.With(entry, reader.Hash(folder)).Hash;
    }
}
