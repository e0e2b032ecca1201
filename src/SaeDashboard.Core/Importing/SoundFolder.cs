using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Importing;

/// <summary>A sound that is to be imported.</summary>
/// <param name="File">Its path, relative to the folder, with forward slashes.</param>
/// <param name="Path">Absolute.</param>
/// <param name="Line">Its line in the table of captions; null: it has none.</param>
/// <param name="Caption">One line; may be empty.</param>
/// <param name="Group">What keeps it in one split with others.</param>
/// <param name="Split">The split that its row names; null: it is drawn.</param>
/// <param name="Bytes">The file's length.</param>
/// <param name="ModifiedUtc">When it was last written.</param>
public sealed record ImportItem(string File, string Path, long? Line, string Caption, string Group, string? Split, long Bytes, DateTime ModifiedUtc);

/// <summary>The columns of the table that are used.</summary>
/// <param name="File">With the files' names.</param>
/// <param name="Caption">With the captions; null: there is none.</param>
/// <param name="Group">With groups; null: none.</param>
/// <param name="Split">With splits; null: none.</param>
public sealed record ImportColumns(int File, int? Caption, int? Group, int? Split)
{
    /// <summary>The column of Hugging Face's AudioFolder.</summary>
    public const string FileName = "file_name";

    /// <summary>Columns that are taken for the captions', in this order.</summary>
    public static IReadOnlyList<string> CaptionNames { get; } = ["caption", "text", "description", "prompt"];

    /// <summary>The columns that a plan asks for, or that are taken where it names none.</summary>
    /// <exception cref="UserException">One is not there.</exception>
    public static ImportColumns Of(CaptionTable table, ImportPlan plan) => new(
        table.Require(plan.FileColumn ?? FileName, plan.FileColumn is null ? "the files' names; name another column with --file-column" : "--file-column"),
        plan.CaptionColumn is { } caption ? table.Require(caption, "--caption-column")
            : CaptionNames.Select(table.Find).FirstOrDefault(at => at is not null) ?? (plan.MissingCaption == MissingCaption.Empty ? null
                : throw new UserException($"{table.Path} has no column {string.Join(", ", CaptionNames)}: name the captions' column with --caption-column; its columns are {string.Join(", ", table.Columns.Take(40))}. Or import without captions: --missing-caption empty.")),
        plan.GroupColumn is { } group ? table.Require(group, "--group-column") : null,
        plan.SplitColumn is { } split ? table.Require(split, "--split-column") : null);
}

/// <summary>What a folder of sounds holds, held against its table of captions: what is imported, and what is refused before a sound is opened.</summary>
public sealed class SoundFolder
{
    private const int MaxFiles = 1_000_000;

    private static readonly HashSet<string> Endings = new(
        ["wav", "wave", "bwf", "rf64", "w64", "flac", "mp3", "ogg", "oga", "opus", "aif", "aiff", "aifc", "m4a", "mp4", "aac", "caf", "au", "snd", "wv", "ape", "tta", "wma", "amr", "webm", "mka", "ac3"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly string[] OwnTables = ["metadata.jsonl", "metadata.csv"];

    private static readonly EnumerationOptions Entries = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false, RecurseSubdirectories = false };

    private readonly ImportPlan plan;
    private readonly AllowedRoots? roots;
    private readonly List<ImportItem> items = [];
    private readonly List<ImportRefusal> refused = [];

    private SoundFolder(ImportPlan plan, bool followLinks)
    {
        this.plan = plan;
        Folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(plan.Folder));
        roots = followLinks ? null : new AllowedRoots([Folder]);
    }

    /// <summary>Absolute.</summary>
    public string Folder { get; }

    /// <summary>The table of captions; null: there is none.</summary>
    public CaptionTable? Table { get; private set; }

    /// <summary>Sounds to import, in the order of their paths.</summary>
    public IReadOnlyList<ImportItem> Items => items;

    /// <summary>What is not imported.</summary>
    public IReadOnlyList<ImportRefusal> Refused => refused;

    /// <summary>Whether a name ends as a sound's.</summary>
    public static bool IsSound(string file) => Endings.Contains(Path.GetExtension(file).TrimStart('.'));

    /// <summary>The table that a folder brings with it: metadata.jsonl, else metadata.csv; null: neither.</summary>
    public static string? OwnTable(string folder) => OwnTables.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Lists the folder and reads the table. No sound is opened.</summary>
    /// <param name="plan">How.</param>
    /// <param name="followLinks">Whether a link that leads out of the folder is followed; otherwise it is refused.</param>
    /// <param name="cancellation">Checked between files.</param>
    /// <exception cref="UserException">The folder or the table cannot be used, or a column is missing.</exception>
    public static SoundFolder Read(ImportPlan plan, bool followLinks, CancellationToken cancellation)
    {
        var folder = new SoundFolder(plan, followLinks);
        if (!Directory.Exists(folder.Folder)) throw new UserException($"{plan.Folder} does not exist: give the folder with the sounds.");
        folder.ReadAll(cancellation);
        return folder;
    }

    private void ReadAll(CancellationToken cancellation)
    {
        var tablePath = plan.Table is { } given ? Path.GetFullPath(given, Folder) : OwnTable(Folder);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        List(Folder, "", files, cancellation);
        if (tablePath is not null)
        {
            if (roots is not null && plan.Table is null && !roots.Allows(tablePath)) throw new UserException($"{tablePath} is a link that leads out of the folder.");
            Table = CaptionTable.Read(tablePath);
            // The table, and a second one that the folder brings, are no sounds that lack a caption.
            foreach (var name in files.Where(file => file.Value == tablePath || OwnTables.Contains(file.Key)).Select(file => file.Key).ToList()) files.Remove(name);
            Match(Table, ImportColumns.Of(Table, plan), files, cancellation);
        }
        else if (plan.MissingCaption == MissingCaption.Refuse)
        {
            throw new UserException($"{Folder} has neither metadata.jsonl nor metadata.csv: name the table of captions with --captions, or import without captions: --missing-caption empty.");
        }
        foreach (var (name, path) in files)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!IsSound(name)) Refuse(name, null, ImportRefusalReason.OtherFile, "its name does not end as that of a sound, and no row names it");
            else if (plan.MissingCaption == MissingCaption.Refuse) Refuse(name, null, ImportRefusalReason.FileWithoutCaption, "no row of the table names it");
            else Add(name, path, null, "", null, null);
        }
        items.Sort((a, b) => StringComparer.Ordinal.Compare(a.File, b.File));
    }

    private void List(string folder, string prefix, SortedDictionary<string, string> files, CancellationToken cancellation)
    {
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Entries))
            {
                cancellation.ThrowIfCancellationRequested();
                // Such names belong to programs: .git, .DS_Store, ._song.wav.
                if (entry.Name.StartsWith('.')) continue;
                var name = prefix + entry.Name;
                if (entry is DirectoryInfo inner)
                {
                    if (inner.LinkTarget is null) List(inner.FullName, name + "/", files, cancellation);
                    else Refuse(name, null, ImportRefusalReason.Outside, "it is a link to a folder, which is not followed");
                }
                else
                {
                    files.Add(name, entry.FullName);
                }
                if (files.Count > MaxFiles) throw new UserException(FormattableString.Invariant($"{Folder} has more than {MaxFiles:N0} files. Split it."));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && prefix.Length > 0)
        {
            Refuse(prefix.TrimEnd('/'), null, ImportRefusalReason.Unreadable, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Finds the file of every row, and takes it out of the files that are left.</summary>
    private void Match(CaptionTable table, ImportColumns columns, SortedDictionary<string, string> files, CancellationToken cancellation)
    {
        var names = new FileNames(files.Keys);
        var from = Path.GetDirectoryName(table.Path)!;
        var lineOf = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var fault in table.Faults) Refuse(null, fault.Line, ImportRefusalReason.UnreadableRow, fault.Problem);
        foreach (var row in table.Rows)
        {
            cancellation.ThrowIfCancellationRequested();
            var cell = CaptionTable.Cell(row, columns.File).Trim();
            if (cell.Length == 0 || cell.Contains('\0', StringComparison.Ordinal))
            {
                Refuse(null, row.Line, ImportRefusalReason.UnreadableRow, "it names no file");
                continue;
            }
            var relative = Path.GetRelativePath(Folder, Path.GetFullPath(cell.Replace('\\', '/'), from)).Replace('\\', '/');
            if (relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative))
            {
                Refuse(cell, row.Line, ImportRefusalReason.Outside, "its path leads out of the folder");
                continue;
            }
            if (names.Find(relative) is not { } file)
            {
                Refuse(relative, row.Line, ImportRefusalReason.RowWithoutFile, "there is no such file in the folder");
                continue;
            }
            if (!lineOf.TryAdd(file, row.Line))
            {
                Refuse(file, row.Line, ImportRefusalReason.Duplicate, FormattableString.Invariant($"line {lineOf[file]} names it already"));
                continue;
            }
            files.Remove(file);
            AddRow(row, columns, file);
        }
    }

    private void AddRow(CaptionRow row, ImportColumns columns, string file)
    {
        var caption = CaptionText.Line(CaptionTable.Cell(row, columns.Caption));
        var split = columns.Split is null ? null : ClipSplits.Parse(CaptionTable.Cell(row, columns.Split));
        if (caption.Length == 0 && plan.MissingCaption == MissingCaption.Refuse)
            Refuse(file, row.Line, ImportRefusalReason.FileWithoutCaption, "its caption is empty");
        else if (caption.Length > CaptionText.MaxCaption)
            Refuse(file, row.Line, ImportRefusalReason.UnreadableRow, FormattableString.Invariant($"its caption has {caption.Length:N0} characters; {CaptionText.MaxCaption:N0} is the most"));
        else if (columns.Split is { } at && split is null)
            Refuse(file, row.Line, ImportRefusalReason.UnknownSplit, $"“{CaptionText.Line(CaptionTable.Cell(row, at))}” is none of the splits {string.Join(", ", ClipSplits.Names)} (or train, validation, test)");
        else
            Add(file, Path.Combine(Folder, file), row.Line, caption, CaptionTable.Cell(row, columns.Group), split);
    }

    private void Add(string file, string path, long? line, string caption, string? group, string? split)
    {
        try
        {
            if (roots is not null && !roots.Allows(path))
            {
                Refuse(file, line, ImportRefusalReason.Outside, "it is a link that leads out of the folder");
                return;
            }
            if (FileLook.At(path) is not { } look) Refuse(file, line, ImportRefusalReason.Unreadable, "it is a link without a target, or was removed");
            else if (look.Kind != FileKind.Regular) Refuse(file, line, ImportRefusalReason.Unreadable, "it is not a regular file");
            // A name of the one kind never equals one of the other.
            else items.Add(new ImportItem(file, path, line, caption, string.IsNullOrWhiteSpace(group) ? $"file:{file}" : $"group:{CaptionText.Line(group)}", split, look.Length, look.ModifiedUtc));
        }
        catch (UserException error)
        {
            Refuse(file, line, ImportRefusalReason.Unreadable, error.Message);
        }
    }

    private void Refuse(string? file, long? line, ImportRefusalReason reason, string detail) => refused.Add(new ImportRefusal(file, line, reason, detail));

    /// <summary>Files by the names that tables give them: with or without the ending.</summary>
    private sealed class FileNames
    {
        private readonly HashSet<string> names = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string?> stems = new(StringComparer.Ordinal);

        public FileNames(IEnumerable<string> files)
        {
            foreach (var file in files)
            {
                names.Add(file);
                // Two sounds of one name without the ending: neither is meant for sure.
                if (IsSound(file) && Path.ChangeExtension(file, null) is var stem && !stems.TryAdd(stem, file)) stems[stem] = null;
            }
        }

        public string? Find(string name) => names.Contains(name) ? name : stems.GetValueOrDefault(name);
    }
}
