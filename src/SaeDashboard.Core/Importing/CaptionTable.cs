using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Importing;

/// <summary>A line of a table of captions.</summary>
/// <param name="Line">Its line in the file, from 1.</param>
/// <param name="Cells">One text for each column; shorter where the last ones are missing.</param>
public sealed record CaptionRow(long Line, IReadOnlyList<string> Cells);

/// <summary>A line that cannot be read.</summary>
/// <param name="Line">Its line in the file, from 1.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record CaptionFault(long Line, string Problem);

/// <summary>
/// A table of captions as people bring it: CSV with a line of names (separated by commas, semicolons or tabs) or JSON Lines with an object a line,
/// as Hugging Face's AudioFolder has it. A line that cannot be read is a fault; the others are read all the same. Sizes are limited.
/// </summary>
public sealed class CaptionTable
{
    /// <summary>Bytes of the largest table.</summary>
    public const long MaxBytes = 256L << 20;

    /// <summary>Rows of the largest table.</summary>
    public const int MaxRows = 1_000_000;

    private const int MaxColumns = 1000;
    private const int MaxLine = 1 << 20;

    private readonly List<string> columns = [];
    private readonly List<CaptionRow> rows = [];
    private readonly List<CaptionFault> faults = [];
    private readonly int most;

    private CaptionTable(string path, int most) => (Path, this.most) = (path, most);

    public string Path { get; }

    /// <summary>The names of the columns; of JSON Lines those of all lines, in the order in which they appear.</summary>
    public IReadOnlyList<string> Columns => columns;

    public IReadOnlyList<CaptionRow> Rows => rows;

    public IReadOnlyList<CaptionFault> Faults => faults;

    /// <summary>Whether there are more rows than were asked for.</summary>
    public bool IsCut { get; private set; }

    private bool IsFull => rows.Count + faults.Count >= most;

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file: JSON Lines where its name ends in .jsonl or .ndjson, otherwise CSV.</param>
    /// <param name="mostRows">No more rows than this; null: all.</param>
    /// <exception cref="UserException">It is missing, too large, not text in UTF-8, or has no columns.</exception>
    public static CaptionTable Read(string path, int? mostRows = null)
    {
        var length = FileLook.At(path)?.Length ?? throw new UserException($"{path} does not exist: give the table of captions, CSV or JSON Lines.");
        if (length > MaxBytes) throw new UserException(FormattableString.Invariant($"{path} has {length / 1e6:N0} MB; a table of captions has at most {MaxBytes / 1e6:N0} MB. Split the folder."));
        var table = new CaptionTable(path, mostRows ?? MaxRows);
        if (System.IO.Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson") table.ReadLines();
        else table.ReadCsv();
        if (table.IsCut && mostRows is null) throw new UserException(FormattableString.Invariant($"{path} has more than {MaxRows:N0} rows. Split the folder."));
        if (table.columns.Count == 0) throw new UserException($"{path} has no columns: {(table.faults.Count > 0 ? $"line {table.faults[0].Line}: {table.faults[0].Problem}" : "it is empty")}.");
        return table;
    }

    /// <summary>A cell; empty where the row has none in that column.</summary>
    public static string Cell(CaptionRow row, int? column) => column is { } at && at < row.Cells.Count ? row.Cells[at] : "";

    /// <summary>The place of a column; null: there is none of that name.</summary>
    public int? Find(string name) => columns.IndexOf(name) is >= 0 and var at ? at : null;

    /// <summary>The place of a column that was asked for.</summary>
    /// <exception cref="UserException">There is none of that name; the message lists those that are there.</exception>
    public int Require(string name, string option) => Find(name)
        ?? throw new UserException($"{Path} has no column “{name}” ({option}); its columns are {string.Join(", ", columns.Take(40))}.");

    private void ReadCsv()
    {
        var content = WholeFile.Read(Path, MaxBytes);
        RequireUtf8(content);
        var isMalformed = false;
        using var reader = CsvReader.Create(content, new CsvReaderOptions
        {
            Separator = SeparatorOf(content), TrackLineNumbers = true, MaxRecordSize = MaxLine, IncludeValuesInExceptions = false,
            MalformedData = CsvMalformedDataHandling.Skip,
            OnMalformedRecord = record =>
            {
                isMalformed = true;
                faults.Add(new CaptionFault(Math.Max(1, record.LineNumber), "its quotation marks do not match: a cell with a quotation mark, a separator or a line break is put in quotation marks, and a mark inside is doubled"));
            },
        });
        try
        {
            AddColumns(reader.Headers.Select(name => name.Trim().TrimStart('\uFEFF')));
            while (reader.Read())
            {
                if (IsFull)
                {
                    IsCut = true;
                    return;
                }
                if (reader.FieldCount != columns.Count) faults.Add(new CaptionFault(reader.LineNumber, string.Create(CultureInfo.InvariantCulture, $"it has {reader.FieldCount} cells; the line of names has {columns.Count}")));
                else rows.Add(new CaptionRow(reader.LineNumber, [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]));
            }
        }
        catch (CsvFormatException error)
        {
            // Too long: nothing after it can be told apart.
            if (!isMalformed || rows.Count > 0) faults.Add(new CaptionFault(Math.Max(1, error.LineNumber), "it is too long, or a quotation mark in it has no partner; what follows cannot be read"));
        }
    }

    private void ReadLines()
    {
        foreach (var (number, line, _) in JsonLines.Lines(Path))
        {
            var text = number == 1 && line.Span.StartsWith(Encoding.UTF8.Preamble) ? line[3..] : line;
            if (text.Span.IndexOfAnyExcept(" \t\r"u8) < 0) continue;
            if (IsFull)
            {
                IsCut = true;
                return;
            }
            if (text.Length > MaxLine) faults.Add(new CaptionFault(number, FormattableString.Invariant($"it has {text.Length:N0} bytes; {MaxLine:N0} is the most")));
            else ReadLine(number, text);
        }
    }

    private void ReadLine(int number, ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                faults.Add(new CaptionFault(number, "it is not an object"));
                return;
            }
            var cells = new List<string>();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                var at = columns.IndexOf(member.Name);
                if (at < 0)
                {
                    AddColumns([member.Name]);
                    at = columns.Count - 1;
                }
                while (cells.Count <= at) cells.Add("");
                cells[at] = member.Value.ValueKind switch
                {
                    JsonValueKind.String => member.Value.GetString()!,
                    JsonValueKind.Null => "",
                    _ => member.Value.GetRawText(),
                };
            }
            rows.Add(new CaptionRow(number, cells));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            faults.Add(new CaptionFault(number, "it is not JSON in UTF-8"));
        }
    }

    private void AddColumns(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (columns.Count == MaxColumns) throw new UserException(FormattableString.Invariant($"{Path} has more than {MaxColumns:N0} columns: it is not a table of captions."));
            columns.Add(name);
        }
    }

    private void RequireUtf8(ReadOnlySpan<byte> content)
    {
        try
        {
            _ = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetCharCount(content);
        }
        catch (ArgumentException error)
        {
            throw new UserException($"{Path} is not text in UTF-8. Save it again as CSV in UTF-8.", error);
        }
    }

    private static char SeparatorOf(ReadOnlySpan<byte> content)
    {
        var end = content.IndexOfAny((byte)'\r', (byte)'\n');
        var first = end < 0 ? content : content[..end];
        var (semicolons, tabs) = (first.Count((byte)';'), first.Count((byte)'\t'));
        return Math.Max(semicolons, tabs) <= first.Count((byte)',') ? ',' : semicolons >= tabs ? ';' : '\t';
    }
}
