using SaeDashboard.Core.Serving;
using SaeDashboard.Web.Live;

namespace SaeDashboard.Web.Tests.Live;

/// <summary>Following a file: nothing that was taken is lost, whatever happens to it meanwhile.</summary>
public sealed class LineTailTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Kinds => [.. OddThings.Kinds];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_disk_that_fails_in_the_middle_costs_no_line()
    {
        var lines = Enumerable.Range(1, 40_000).Select(i => $"line {i}").ToArray();
        File.WriteAllLines(folder["log.txt"], lines);
        var reads = 0;
        var tail = new LineTail(folder["log.txt"])
        {
            ReadAt = (file, bytes, offset) => ++reads is 2 or 4 ? throw new IOException("The disk fails.") : RandomAccess.Read(file, bytes, offset),
        };
        var given = new List<string>();
        for (var look = 0; look < 3; look++)
        {
            var (begun, more) = tail.Read();
            Assert.False(begun);
            given.AddRange(more);
            Assert.Equal(given.Count, tail.Line);
        }
        Assert.True(reads > 4, $"only {reads} reads: the file is too short for this test");
        Assert.Equal(lines, given);
    }

    [Fact]
    public void Another_file_under_the_same_name_is_read_from_its_beginning()
    {
        var tail = new LineTail(folder["metrics.jsonl"]);
        File.WriteAllText(folder["metrics.jsonl"], "one\ntwo\n");
        Assert.Equal(["one", "two"], tail.Read().Lines);
        File.WriteAllText(folder["copy"], "ONE\nTWO\nTHREE\nFOUR\n");
        File.Move(folder["copy"], folder["metrics.jsonl"], overwrite: true);
        var (begun, lines) = tail.Read();
        Assert.True(begun);
        Assert.Equal(["ONE", "TWO", "THREE", "FOUR"], lines);
        Assert.Equal(4, tail.Line);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_not_a_file_has_no_lines_and_does_not_block(string kind)
    {
        OddThings.Put(kind, folder["metrics.jsonl"]);
        var tail = new LineTail(folder["metrics.jsonl"]);
        Assert.Null(OddThings.Outcome(() => Assert.Empty(tail.Read().Lines)));
        if (Directory.Exists(folder["metrics.jsonl"])) Directory.Delete(folder["metrics.jsonl"]);
        File.Delete(folder["metrics.jsonl"]);
        File.WriteAllText(folder["metrics.jsonl"], "repaired\n");
        Assert.Equal(["repaired"], tail.Read().Lines);
    }

    [Fact]
    public void A_link_out_of_the_roots_is_not_followed()
    {
        File.WriteAllText(folder["secret"], "secret\n");
        Directory.CreateDirectory(folder["data"]);
        File.CreateSymbolicLink(folder["data/log.txt"], folder["secret"]);
        Assert.Empty(new LineTail(folder["data/log.txt"], new AllowedRoots([folder["data"]])).Read().Lines);
    }

    [Fact]
    public void A_long_file_comes_in_parts_and_a_feed_has_all_of_it()
    {
        using (var file = new StreamWriter(folder["metrics.jsonl"]))
            for (var step = 1; step <= 400_000; step++) file.Write(FormattableString.Invariant($"{{\"step\":{step},\"loss\":0.5,\"padding\":123456789}}\n"));
        var tail = new LineTail(folder["metrics.jsonl"]);
        var first = tail.Read().Lines.Count;
        Assert.True(tail.HasMore);
        Assert.InRange(first, 1, 399_999);
        var feed = new RunFeed("run", folder.Path);
        feed.Poll();
        using var listener = feed.Subscribe(null);
        Assert.True(listener.Events.TryRead(out var snapshot));
        Assert.Equal(400_000, Assert.IsType<RunSnapshot>(snapshot).PointsLine);
        Assert.Equal(400_000, Assert.IsType<RunSnapshot>(snapshot).Points[^1].Step);
    }
}
