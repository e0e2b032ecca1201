using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Tests.Data;

public sealed class ClipDatasetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_shipped_set_is_what_its_readme_says()
    {
        var path = Path.Combine(Repository.Root, "demo", "dataset");
        using var dataset = ClipDataset.Open(path);
        Assert.Equal("dataset", dataset.Name);
        Assert.Equal(3000, dataset.Clips.Count);
        Assert.Equal((4, 512), (dataset.Codebooks, dataset.Frames));
        Assert.Equal([1600, 400, 1000], new[] { "sae-train", "select", "test" }.Select(split => dataset.InSplit(split).Count));
        var first = new Clip(0, "clip-0000", "sae-train", "fast, 168 bpm, sad harpsichord chords", 10.24, 168, 10, "minor");
        Assert.Equal(first, dataset.Clips[0]);
        Assert.Null(dataset.Clips[2].Key);
        var highest = 0;
        foreach (var clip in dataset.Clips)
        {
            var codes = dataset.Codes(clip);
            Assert.Equal((4, 512), (codes.Codebooks, codes.Frames));
            foreach (var code in codes.Values) highest = Math.Max(highest, code);
        }
        Assert.Equal(1023, highest);
        Assert.Equal(Hashing.Sha256Files(Path.Combine(path, "metadata.jsonl"), Path.Combine(path, "codes.safetensors")), dataset.Hash);

        var annotations = Annotations.Load(path);
        Assert.Equal(dataset.Clips.Select(clip => clip.Id), annotations.Clips.Keys);
        Assert.Equal(new Span(0.52, 1.04), annotations.Of("clip-0000", "inst.harpsichord")[1]);
        Assert.Empty(annotations.Of("clip-0000", "silence.not"));
        Assert.Contains("drum.kick", annotations.Concepts);
    }

    [Fact]
    public void Row_i_of_the_codes_is_line_i()
    {
        const string lines = """
            {"id":"a","split":"test","caption":"","seconds":0.06}
            {"id":"b","split":"select","caption":"x","seconds":0.06,"bpm":90.5,"key":0,"mode":null,"license":"MIT"}
            """;
        Write(lines, rows: 2);
        using var dataset = ClipDataset.Open(folder.Path);
        var codes = dataset.Codes(dataset.Clips[1]);
        Assert.Equal([6, 7, 8, 9, 10, 11], codes.Values.ToArray());
        Assert.Equal(10, codes[1, 1]);
        Assert.Equal(new Clip(1, "b", "select", "x", 0.06, 90.5, 0, null), dataset.Clips[1]);
        var error = Assert.Throws<UserException>(() => dataset.InSplit("sae-train"));
        Assert.Contains("it has select (1), test (1)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"b","split":"test","caption":"","seconds":""", "line 2: ")]
    [InlineData("""{"split":"test","caption":"","seconds":1}""", "line 2: 'id' is missing")]
    [InlineData("""{"id":"b","caption":"","seconds":1}""", "line 2: 'split' is missing")]
    [InlineData("""{"id":"b","split":"test","seconds":1}""", "line 2: 'caption' is missing")]
    [InlineData("""{"id":"b","split":"test","caption":"","seconds":0}""", "line 2: 'seconds'")]
    [InlineData("""{"id":"b","split":"test","caption":"","seconds":"1"}""", "line 2: ")]
    [InlineData("""{"id":"b","split":"test","caption":"","seconds":1e400}""", "line 2: 'seconds' is larger than any number")]
    [InlineData("""{"id":"b","split":"test","caption":"","seconds":-1e400}""", "line 2: 'seconds' is missing or not above 0")]
    [InlineData("""{"id":"b","split":"test","caption":"","seconds":1,"bpm":1e400}""", "line 2: 'bpm'")]
    [InlineData("""{"id":"b","split":"test","caption":"","seconds":1,"key":12}""", "line 2: 'key' is 12")]
    [InlineData("""{"id":"b","split":"test","caption":"","seconds":1,"bpm":0}""", "line 2: 'bpm'")]
    [InlineData("""{"id":"a","split":"test","caption":"","seconds":1}""", "line 2: 'a' is already the id of line 1")]
    [InlineData("\n" + """{"id":"b","split":"test","caption":"","seconds":1}""", "line 3: an empty line")]
    [InlineData("", "has 1 lines, but")]
    public void An_unreadable_line_is_named(string second, string expected)
    {
        Write("""{"id":"a","split":"test","caption":"","seconds":1}""" + "\n" + second, rows: 2);
        var error = Assert.Throws<UserException>(() => ClipDataset.Open(folder.Path));
        Assert.Contains(folder["metadata.jsonl"], error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_or_does_not_fit_is_explained()
    {
        Assert.Contains("does not exist", Refused(folder["none"]), StringComparison.Ordinal);
        Assert.Contains("no metadata.jsonl", Refused(folder.Path), StringComparison.Ordinal);
        File.WriteAllText(folder["metadata.jsonl"], """{"file_name":"a.wav","split":"test"}""");
        Assert.Contains("audio files are not read yet", Refused(folder.Path), StringComparison.Ordinal);
        var writer = new SafetensorsWriter();
        writer.Add("codes", [1, 2], 1, 1, 2);
        writer.Save(folder["codes.safetensors"]);
        File.WriteAllText(folder["metadata.jsonl"], """{"id":"a","split":"test","caption":"","seconds":1}""");
        Assert.Contains("'codes' is I32 [1, 1, 2]: expected I16 [clips, codebooks, frames]", Refused(folder.Path), StringComparison.Ordinal);
        writer = new SafetensorsWriter();
        writer.Add("kodes", [1], 1);
        writer.Save(folder["codes.safetensors"]);
        Assert.Contains("no tensor 'codes'", Refused(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Negative_codes_are_a_damaged_set()
    {
        File.WriteAllText(folder["metadata.jsonl"], """{"id":"a","split":"test","caption":"","seconds":1}""");
        var writer = new SafetensorsWriter();
        writer.Add("codes", [(short)1, (short)-2], 1, 1, 2);
        writer.Save(folder["codes.safetensors"]);
        using var dataset = ClipDataset.Open(folder.Path);
        Assert.Contains("row 0", Assert.Throws<UserException>(() => dataset.Codes(dataset.Clips[0])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"a"}""")]
    [InlineData("""{"id":"a","spans":{"x":[[0.5,0.1]]}}""")]
    [InlineData("""{"id":"a","spans":{"x":[[0.5]]}}""")]
    [InlineData("""{"id":"a","spans":{"x":[null]}}""")]
    [InlineData("""{"id":"a","spans":{"x":null}}""")]
    [InlineData("""{"id":"a","spans":{"x":[[-1,0.1]]}}""")]
    [InlineData("""{"id":"first","spans":{}}""")]
    public void Unreadable_annotations_name_the_line(string line)
    {
        Assert.Null(Annotations.TryLoad(folder.Path));
        File.WriteAllText(folder["annotations.jsonl"], """{"id":"first","spans":{"x":[[1,2],[0,0.5]]}}""" + "\n");
        Assert.Equal([new Span(0, 0.5), new Span(1, 2)], Annotations.TryLoad(folder.Path)!.Of("first", "x"));
        File.AppendAllText(folder["annotations.jsonl"], line);
        Assert.Contains("line 2: ", Assert.Throws<UserException>(() => Annotations.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static string Refused(string path) => Assert.Throws<UserException>(() => ClipDataset.Open(path)).Message;

    private void Write(string metadata, int rows)
    {
        File.WriteAllText(folder["metadata.jsonl"], metadata);
        var writer = new SafetensorsWriter();
        writer.Add("codes", Enumerable.Range(0, rows * 6).Select(i => (short)i).ToArray(), rows, 2, 3);
        writer.Save(folder["codes.safetensors"]);
    }
}
