using SaeDashboard.Core.Importing;

namespace SaeDashboard.Core.Tests.Importing;

/// <summary>Tables of captions as people bring them.</summary>
public sealed class CaptionTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("file_name,caption\na.wav,\"one, two\"\nb.wav,three\n")]
    [InlineData("\uFEFFfile_name;caption\r\na.wav;one, two\r\nb.wav;three\r\n")]
    [InlineData("file_name\tcaption\na.wav\tone, two\nb.wav\tthree")]
    public void Csv_is_read_with_commas_semicolons_or_tabs(string text)
    {
        var table = Csv(text);
        Assert.Equal(["file_name", "caption"], table.Columns);
        Assert.Equal([(2, "a.wav", "one, two"), (3, "b.wav", "three")], table.Rows.Select(row => ((int)row.Line, row.Cells[0], row.Cells[1])));
        Assert.Empty(table.Faults);
    }

    [Fact]
    public void Rows_that_cannot_be_read_are_faults_and_the_others_are_read()
    {
        var table = Csv("file_name,caption\na.wav,one\nb.wav\nc.wav,a \"b\" c\nd.wav,\"two\nlines\"\n");
        Assert.Equal(["a.wav", "d.wav"], table.Rows.Select(row => row.Cells[0]));
        Assert.Equal([3L, 4L], table.Faults.Select(fault => fault.Line).Order());
        Assert.Contains("1 cells; the line of names has 2", table.Faults.First(fault => fault.Line == 3).Problem, StringComparison.Ordinal);
        Assert.Equal(5, table.Rows[1].Line);
    }

    [Fact]
    public void Json_lines_have_the_columns_of_all_lines_and_name_the_bad_ones()
    {
        File.WriteAllText(folder["metadata.jsonl"], "{\"file_name\": \"a.wav\", \"bpm\": 120}\n\n{\"text\": \"t\", \"file_name\": \"b.wav\", \"tags\": [1, 2], \"none\": null}\n{\"file_name\": \"c.wav\"\n[1]\n");
        var table = CaptionTable.Read(folder["metadata.jsonl"]);
        Assert.Equal(["file_name", "bpm", "text", "tags", "none"], table.Columns);
        Assert.Equal(("120", "t", "[1, 2]", ""), (CaptionTable.Cell(table.Rows[0], 1), CaptionTable.Cell(table.Rows[1], 2), CaptionTable.Cell(table.Rows[1], 3), CaptionTable.Cell(table.Rows[0], 2)));
        Assert.Equal([(4L, "it is not JSON in UTF-8"), (5L, "it is not an object")], table.Faults.Select(fault => (fault.Line, fault.Problem)));
    }

    [Fact]
    public void Only_the_first_rows_are_read_when_no_more_are_asked_for()
    {
        File.WriteAllText(folder["t.csv"], "file_name,caption\n" + string.Concat(Enumerable.Range(0, 50).Select(at => $"{at}.wav,c\n")));
        var table = CaptionTable.Read(folder["t.csv"], mostRows: 5);
        Assert.True(table.IsCut);
        Assert.Equal(5, table.Rows.Count);
    }

    [Fact]
    public void What_is_no_table_is_refused_with_a_reason()
    {
        Assert.Contains("does not exist", Assert.Throws<UserException>(() => CaptionTable.Read(folder["none.csv"])).Message, StringComparison.Ordinal);
        File.WriteAllBytes(folder["latin.csv"], [.. "file_name,caption\na.wav,"u8, 0xE9, (byte)'\n']);
        Assert.Contains("not text in UTF-8", Assert.Throws<UserException>(() => CaptionTable.Read(folder["latin.csv"])).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["empty.jsonl"], "");
        Assert.Contains("has no columns: it is empty", Assert.Throws<UserException>(() => CaptionTable.Read(folder["empty.jsonl"])).Message, StringComparison.Ordinal);
        Assert.Contains("its columns are file_name, caption", Assert.Throws<UserException>(() => Csv("file_name,caption\n").Require("words", "--caption-column")).Message, StringComparison.Ordinal);
    }

    private CaptionTable Csv(string text)
    {
        File.WriteAllText(folder["table.csv"], text);
        return CaptionTable.Read(folder["table.csv"]);
    }
}
