using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Journals;

/// <summary>
/// Reads the journal's files at start, every line against its checksum. A last line without a newline was never acknowledged and is cut off
/// later; a line that a disk damaged is left out and reported, and stays where it is.
/// </summary>
internal sealed class JournalReader(string folder, TableSet tables)
{
    // One damaged block can hold hundreds of lines; the report names the first few.
    private const int MaxNotices = 5;

    /// <summary>What a person should know of the files.</summary>
    public List<string> Notices { get; } = [];

    /// <summary>The number of the last write; 0: none.</summary>
    public long LastSeq { get; private set; }

    /// <summary>What tells this data folder from others; null: no file says.</summary>
    public string? Site { get; private set; }

    /// <summary>The last file; null: there is none.</summary>
    public string? LastFile { get; private set; }

    /// <summary>Bytes of the last file that are whole lines.</summary>
    public long WholeBytes { get; private set; }

    /// <summary>The files, in order.</summary>
    public static IReadOnlyList<string> Files(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder, "*.jsonl").Where(path => NumberOf(path) is not null).OrderBy(NumberOf),
    ];

    /// <summary>The path of the file after another one.</summary>
    public static string FileAfter(string folder, string? last) =>
        Path.Combine(folder, ((last is null ? 0 : NumberOf(last)!.Value) + 1).ToString("D8", CultureInfo.InvariantCulture) + ".jsonl");

    /// <summary>Reads every file.</summary>
    /// <param name="above">Entries above this number are given to <paramref name="apply"/>.</param>
    /// <param name="apply">Takes an entry.</param>
    /// <param name="clear">Called before the entries of a snapshot that must be applied.</param>
    /// <param name="note">Takes the last entries, also those below <paramref name="above"/>: for the audit.</param>
    /// <exception cref="UserException">A newer program has written it, or a file cannot be read.</exception>
    public void Read(long above, Action<JournalEntry> apply, Action clear, Action<JournalEntry> note)
    {
        var files = Files(folder);
        var rest = files.Sum(file => new FileInfo(file).Length);
        foreach (var file in files)
        {
            LastFile = file;
            WholeBytes = 0;
            foreach (var (number, line, ended) in JsonLines.Lines(file))
            {
                rest -= line.Length + 1;
                if (!ended)
                {
                    // An earlier file's last line is always whole: the writer starts the next file only after it.
                    if (file != files[^1]) Damaged(file, number);
                    break;
                }
                WholeBytes += line.Length + 1;
                if (number == 1) Header(file, line.Span, above, clear);
                else Line(file, number, line, above, apply, rest < AuditBytes ? note : null);
            }
        }
    }

    private const long AuditBytes = 1 << 20;

    private void Header(string file, ReadOnlySpan<byte> line, long above, Action clear)
    {
        if (JournalHeader.Read(line) is not { } header)
        {
            Damaged(file, 1);
            return;
        }
        if (header.Journal > JournalHeader.Newest)
            throw new UserException($"{file} has journal format {header.Journal}, this program knows up to {JournalHeader.Newest}: a newer program has written it; it was left as it is. " +
                "Start that program (or a newer one), or start with --data and another folder.");
        Site ??= header.Site;
        if (header.Base < LastSeq || header.Base > LastSeq && !header.Snapshot) Notice($"{file} begins after write {header.Base}, and the file before it ends with write {LastSeq}.");
        LastSeq = Math.Max(LastSeq, header.Base);
        if (header.Snapshot && header.Base >= above) clear();
    }

    private void Line(string file, int number, ReadOnlyMemory<byte> line, long above, Action<JournalEntry> apply, Action<JournalEntry>? note)
    {
        if (!JournalLine.TryUnseal(line.Span, out _) || JournalLine.Number(line.Span) is not { } seq || seq <= LastSeq)
        {
            Damaged(file, number);
            return;
        }
        if (seq > LastSeq + 1) Notice($"{file} line {number}: writes {LastSeq + 1} to {seq - 1} are missing before it.");
        LastSeq = seq;
        if (seq <= above && note is null) return;
        try
        {
            var entry = JournalLine.Read(line, tables);
            if (seq > above) apply(entry);
            note?.Invoke(entry);
        }
        catch (UnknownCollectionException error)
        {
            throw new UserException($"{file} line {number} holds “{error.Name}”, which this program does not know: a newer program has written it; it was left as it is. " +
                "Start that program (or a newer one), or start with --data and another folder.", error);
        }
        catch (JsonException)
        {
            Damaged(file, number);
        }
    }

    private void Damaged(string file, int number) =>
        Notice($"{file} line {number} is damaged and was left out; every other line counts. The file stays as it is: if you have a copy of it, put that in its place and start again.");

    private void Notice(string text)
    {
        if (Notices.Count < MaxNotices) Notices.Add(text);
        else if (Notices.Count == MaxNotices) Notices.Add("There are more such lines in the journal.");
    }

    private static int? NumberOf(string path) =>
        Path.GetFileNameWithoutExtension(path) is { Length: 8 } name && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
