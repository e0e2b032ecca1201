using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Annotation;

/// <summary>Reads what <see cref="VoteExport"/> wrote, or a person made in a spreadsheet: a line an annotation as JSON Lines, a line a vote as CSV. Faults are named by line and column.</summary>
internal static class VoteImport
{
    // An annotation has at most 64 votes, a label of 200 and a note of 4,000 characters, each of which may take 12 bytes.
    private const int MaxLine = 256 << 10;

    private static readonly string[] Needed = ["feature", "verdict"];
    private static readonly string[] Columns =
        ["annotation", "queue", "feature", "kind", "gold", "person", "name", "at", "withdrawn", "verdict", "label", "shown", "specificity", "tags", "note", "seconds", "clip", "clipKind", "activation", "vote"];

    // Those that a line of the next vote of the same annotation repeats.
    private static readonly string[] Said = ["queue", "feature", "kind", "person", "name", "at", "withdrawn", "verdict", "label", "shown", "specificity", "tags", "note", "seconds"];

    /// <summary>Adds the annotations of JSON Lines.</summary>
    /// <exception cref="UserException">Lines are wrong; the message has their places, and nothing is to be imported.</exception>
    public static void ReadJsonLines(ReadOnlyMemory<byte> content, string file, VoteLines lines)
    {
        RequireUtf8(content.Span, file, "text");
        var faults = new ImportFaults(file);
        if (content.Span.StartsWith("\uFEFF"u8)) content = content[3..];
        for (var number = 1; content.Length > 0; number++)
        {
            var end = content.Span.IndexOf((byte)'\n');
            var line = end < 0 ? content : content[..end];
            content = end < 0 ? default : content[(end + 1)..];
            if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0) continue;
            var place = string.Create(CultureInfo.InvariantCulture, $"line {number:N0}");
            try
            {
                if (line.Length > MaxLine) throw new UserException($"it has {line.Length} bytes; a line has at most {MaxLine}");
                lines.Add((JsonSerializer.Deserialize<VoteLine>(line.Span, JsonDefaults.Lines) ?? throw new UserException("it is null")).Entry());
            }
            catch (JsonException error)
            {
                faults.Add($"{place}, column {Column(line.Span, error.BytePositionInLine ?? 0)}", JsonFile.Reason(error, typeof(VoteLine)));
            }
            catch (InvalidOperationException)
            {
                // A string that no text can be made of, such as half a surrogate pair.
                faults.Add(place, "a string in it is not valid Unicode");
            }
            catch (VoteFault fault)
            {
                faults.Add($"{place}, {fault.Field}", fault.Message);
            }
            catch (UserException error)
            {
                faults.Add(place, error.Message);
            }
        }
        faults.Throw();
        if (lines.Count == 0) throw new UserException($"{file} holds no annotation.");
    }

    /// <summary>Adds the annotations of a table. The separator is that of its first line: a comma, a semicolon or a tab.</summary>
    /// <exception cref="UserException">Cells are wrong; the message has their places, and nothing is to be imported.</exception>
    public static void ReadCsv(ReadOnlyMemory<byte> content, string file, VoteLines lines)
    {
        RequireUtf8(content.Span, file, "CSV");
        var faults = new ImportFaults(file);
        try
        {
            using var table = CsvReader.Create(content, new CsvReaderOptions
            {
                Separator = SeparatorOf(content.Span), TrackLineNumbers = true, MaxRecordSize = MaxLine, MalformedData = CsvMalformedDataHandling.Throw, IncludeValuesInExceptions = false,
            });
            ReadTable(table, lines, faults);
        }
        catch (CsvFormatException error)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"line {Math.Max(1, error.LineNumber):N0}"), "its quotation marks do not match, or it is too long: a cell with a quotation mark, a separator or a line break is put in quotation marks, and a mark inside is doubled");
        }
        faults.Throw();
        if (lines.Count == 0) throw new UserException($"{file} holds no annotation: it has a line of names and no other.");
    }

    private static void ReadTable(CsvReader table, VoteLines lines, ImportFaults faults)
    {
        string[] names = [.. table.Headers.Select(name => name.Trim().TrimStart('\uFEFF'))];
        foreach (var name in Needed.Except(names)) faults.Add("line 1", $"there is no column “{name}”; the columns are {string.Join(", ", Columns)}, of which {string.Join(" and ", Needed)} are needed");
        for (var at = 0; at < names.Length; at++)
        {
            if (!Columns.Contains(names[at])) faults.Add($"line 1, column {at + 1}", $"“{names[at]}” is not a column of votes; those are {string.Join(", ", Columns)}");
            else if (Array.IndexOf(names, names[at]) < at) faults.Add($"line 1, column {at + 1}", $"“{names[at]}” is there twice");
        }
        faults.Throw();
        VoteRow? open = null;
        while (table.Read())
        {
            var row = new VoteRow(table.LineNumber, names, [.. Enumerable.Range(0, table.FieldCount).Select(table.GetString)]);
            if (row.Cells.Length != names.Length)
            {
                faults.Add($"line {row.Line}", $"it has {row.Cells.Length} cells; line 1 has {names.Length}");
                continue;
            }
            if (open is not null && row.Continues(open, faults))
            {
                row.AddVote(open.Votes, faults);
                continue;
            }
            open?.Finish(lines, faults);
            row.AddVote(row.Votes, faults);
            open = row;
        }
        open?.Finish(lines, faults);
    }

    private static void RequireUtf8(ReadOnlySpan<byte> content, string file, string form)
    {
        try
        {
            _ = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetCharCount(content);
        }
        catch (ArgumentException error)
        {
            throw new UserException($"Nothing was imported: {file} is not text in UTF-8. Save it again as {form} in UTF-8.", error);
        }
    }

    private static char SeparatorOf(ReadOnlySpan<byte> content)
    {
        var end = content.IndexOfAny((byte)'\r', (byte)'\n');
        var first = end < 0 ? content : content[..end];
        var (semicolons, tabs) = (first.Count((byte)';'), first.Count((byte)'\t'));
        return Math.Max(semicolons, tabs) <= first.Count((byte)',') ? ',' : semicolons >= tabs ? ';' : '\t';
    }

    private static int Column(ReadOnlySpan<byte> line, long bytes) => Encoding.UTF8.GetCharCount(line[..(int)Math.Min(bytes, line.Length)]) + 1;

    /// <summary>A line as <see cref="VoteExport"/> writes it. What is measured here again, such as a clip's kind, is passed over.</summary>
    private sealed record VoteLine(
        string? Annotation, string? Queue, int? Feature, AnnotationKind? Kind, string? Person, string? Name, DateTimeOffset? At, DateTimeOffset? Withdrawn, AnnotationVerdict? Verdict, string? Label, string? Shown, int? Specificity,
        IReadOnlyList<string?>? Tags, string? Note, double? Seconds, IReadOnlyList<VoteClip?>? Clips)
    {
        public VoteEntry Entry() => new(
            Annotation, Queue, Feature, Kind, Person, Name, At, Withdrawn, Verdict, Label, Shown, Specificity, [.. (Tags ?? []).Select(tag => tag ?? throw new VoteFault("tags", "one is null"))], Note, Seconds,
            [.. (Clips ?? []).Select(clip => clip is { Row: { } row, Vote: { } vote } ? new ClipVote(row, vote) : throw new VoteFault("clips", "each has row and vote"))]);
    }

    private sealed record VoteClip(int? Row, ClipJudgement? Vote);

    /// <summary>A line of the table. Those of one annotation follow each other, a line a vote.</summary>
    private sealed class VoteRow(long line, string[] names, string[] cells)
    {
        private bool wrong;

        public long Line => line;

        public string[] Cells => cells;

        public List<ClipVote> Votes { get; } = [];

        /// <summary>Whether it is the next vote of an annotation.</summary>
        public bool Continues(VoteRow before, ImportFaults faults)
        {
            var mine = Cell("annotation");
            if (mine != before.Cell("annotation")) return false;
            var differs = Said.FirstOrDefault(name => Cell(name) != before.Cell(name));
            // Without ids, lines that say the same are one annotation.
            if (mine.Length == 0) return differs is null && Cell("clip").Length > 0 && before.Cell("clip").Length > 0;
            if (differs is not null) Fault(faults, differs, $"it differs from line {before.Line} of the same annotation");
            return true;
        }

        public void AddVote(List<ClipVote> votes, ImportFaults faults)
        {
            var (clip, vote) = (Read<int>(faults, "clip", int.TryParse, "a clip's row, such as 12"), Name<ClipJudgement>(faults, "vote"));
            if (clip is { } row && vote is { } said) votes.Add(new ClipVote(row, said));
            else if (!wrong && clip is null != vote is null) Fault(faults, clip is null ? "clip" : "vote", $"it is empty, and {(clip is null ? "vote" : "clip")} is not");
        }

        /// <summary>Adds the annotation with its votes.</summary>
        public void Finish(VoteLines to, ImportFaults faults)
        {
            var entry = new VoteEntry(
                Empty(Cell("annotation")), Empty(Cell("queue")), Read<int>(faults, "feature", int.TryParse, "a feature's number, such as 1337"), Name<AnnotationKind>(faults, "kind"), Empty(Cell("person")), Empty(Cell("name")),
                Time(faults, "at"), Time(faults, "withdrawn"), Name<AnnotationVerdict>(faults, "verdict"), Empty(Cell("label")), Empty(Cell("shown")), Read<int>(faults, "specificity", int.TryParse, "1 to 5"),
                [.. Cell("tags").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)], Empty(Cell("note")), Read<double>(faults, "seconds", double.TryParse, "a number of seconds, such as 17.5"), Votes);
            if (wrong) return;
            try
            {
                to.Add(entry);
            }
            catch (VoteFault fault)
            {
                Fault(faults, fault.Field, fault.Message);
            }
            catch (UserException error)
            {
                faults.Add($"line {line}", error.Message);
            }
        }

        // What a spreadsheet would take for a formula is exported behind an apostrophe.
        private string Cell(string name) => Array.IndexOf(names, name) is >= 0 and var at ? cells[at] is ['\'', '=' or '+' or '-' or '@' or '\t' or '\r', ..] guarded ? guarded[1..] : cells[at] : "";

        private static string? Empty(string text) => string.IsNullOrWhiteSpace(text) ? null : text;

        private void Fault(ImportFaults faults, string name, string what)
        {
            wrong = true;
            var at = Array.IndexOf(names, name);
            faults.Add(at < 0 ? $"line {line}, {name}" : $"line {line}, column {at + 1} ({name})", what);
        }

        private delegate bool Parser<T>(string text, NumberStyles style, IFormatProvider provider, out T value);

        private T? Read<T>(ImportFaults faults, string name, Parser<T> parse, string wanted) where T : struct
        {
            var text = Cell(name).Trim();
            if (text.Length == 0) return null;
            if (parse(text.TrimStart('#'), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return value;
            Fault(faults, name, $"“{Short(text)}” is not {wanted}");
            return null;
        }

        private T? Name<T>(ImportFaults faults, string name) where T : struct, Enum
        {
            var text = Cell(name).Trim();
            if (text.Length == 0 || EnumJson.Parse<T>(text) is { }) return EnumJson.Parse<T>(text);
            Fault(faults, name, $"“{Short(text)}” is not one of {string.Join(", ", EnumJson.All<T>())}");
            return null;
        }

        private DateTimeOffset? Time(ImportFaults faults, string name)
        {
            var text = Cell(name).Trim();
            if (text.Length == 0) return null;
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)) return time;
            Fault(faults, name, $"“{Short(text)}” is not a time such as 2026-11-30T10:16:02.123Z");
            return null;
        }

        private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
    }
}
