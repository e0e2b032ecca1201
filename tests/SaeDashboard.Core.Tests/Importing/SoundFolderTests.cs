using SaeDashboard.Core.Importing;

namespace SaeDashboard.Core.Tests.Importing;

/// <summary>What a folder of sounds holds, held against its table. No sound is opened for it, so the files are empty.</summary>
public sealed class SoundFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_file_and_every_row_is_imported_or_refused_with_a_reason()
    {
        Put("in/a.wav", "in/sub/b.flac", "in/c.wav", "in/d.txt", "in/.DS_Store", "in/.git/x.wav", "in/e.MP3", "out.wav");
        File.CreateSymbolicLink(folder["in/link.wav"], folder["out.wav"]);
        File.CreateSymbolicLink(folder["in/inner.wav"], folder["in/a.wav"]);
        File.CreateSymbolicLink(folder["in/dead.wav"], folder["nothing"]);
        Directory.CreateSymbolicLink(folder["in/loop"], folder["in"]);
        Table("file_name,caption,artist", "a.wav,  one\u202E two ,A", "sub\\b.flac,three,", "link.wav,four,A", "inner.wav,five,B", "dead.wav,six,B", "none.wav,seven,B", "../out.wav,eight,B", ",nine,B", "c.wav,,B", "a.wav,ten,A", $"e.MP3,{new string('x', 2001)},A");
        var found = Read(new ImportPlan { Folder = folder["in"], GroupColumn = "artist" });
        Assert.Equal(
            [("a.wav", "one two", "group:A"), ("inner.wav", "five", "group:B"), ("sub/b.flac", "three", "file:sub/b.flac")],
            found.Items.Select(item => (item.File, item.Caption, item.Group)));
        Assert.Equal(
            [
                ("", 9L, ImportRefusalReason.UnreadableRow), ("../out.wav", 8, ImportRefusalReason.Outside), ("a.wav", 11, ImportRefusalReason.Duplicate), ("c.wav", 10, ImportRefusalReason.FileWithoutCaption),
                ("d.txt", 0, ImportRefusalReason.OtherFile), ("dead.wav", 6, ImportRefusalReason.Outside), ("e.MP3", 12, ImportRefusalReason.UnreadableRow), ("link.wav", 4, ImportRefusalReason.Outside),
                ("loop", 0, ImportRefusalReason.Outside), ("none.wav", 7, ImportRefusalReason.RowWithoutFile),
            ], found.Refused.Select(each => (each.File ?? "", each.Line ?? 0, each.Reason)).Order());
        Assert.Contains(SoundFolder.Read(new ImportPlan { Folder = folder["in"] }, followLinks: true, TestContext.Current.CancellationToken).Items, item => item.File == "link.wav");
    }

    [Fact]
    public void Names_are_found_without_their_ending()
    {
        Put("in/Caf\u00E9.wav", "in/123.mp3", "in/twice.wav", "in/twice.flac");
        Table("track,notes", "Caf\u00E9.wav,one", "123,two", "twice,three");
        var found = Read(new ImportPlan { Folder = folder["in"], FileColumn = "track", CaptionColumn = "notes" });
        Assert.Equal(["123.mp3", "Caf\u00E9.wav"], found.Items.Select(item => item.File));
        Assert.Equal([ImportRefusalReason.RowWithoutFile, ImportRefusalReason.FileWithoutCaption, ImportRefusalReason.FileWithoutCaption], found.Refused.Select(each => each.Reason));
    }

    [Fact]
    public void Columns_that_are_missing_are_named_with_those_that_are_there()
    {
        Put("in/a.wav");
        Table("path,words", "a.wav,one");
        string Said(ImportPlan plan) => Assert.Throws<UserException>(() => Read(plan)).Message;
        Assert.Contains("--file-column; its columns are path, words", Said(new ImportPlan { Folder = folder["in"] }).Replace(")", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("name the captions' column with --caption-column", Said(new ImportPlan { Folder = folder["in"], FileColumn = "path" }), StringComparison.Ordinal);
        Assert.Contains("has no column “artist” (--group-column)", Said(new ImportPlan { Folder = folder["in"], FileColumn = "path", CaptionColumn = "words", GroupColumn = "artist" }), StringComparison.Ordinal);
        Assert.Equal("", Assert.Single(Read(new ImportPlan { Folder = folder["in"], FileColumn = "path", MissingCaption = MissingCaption.Empty }).Items).Caption);
        File.Delete(folder["in/metadata.csv"]);
        Assert.Contains("neither metadata.jsonl nor metadata.csv", Said(new ImportPlan { Folder = folder["in"] }), StringComparison.Ordinal);
        Assert.Contains("does not exist", Said(new ImportPlan { Folder = folder["none"] }), StringComparison.Ordinal);
    }

    private SoundFolder Read(ImportPlan plan) => SoundFolder.Read(plan, followLinks: false, TestContext.Current.CancellationToken);

    private void Put(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllBytes(folder[file], []);
        }
    }

    private void Table(params string[] lines) => File.WriteAllLines(folder["in/metadata.csv"], lines);
}
