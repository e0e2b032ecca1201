using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Text_is_written_and_replaced()
    {
        var path = folder["deep/er/a.txt"];
        AtomicFile.WriteAllText(path, "one");
        AtomicFile.WriteAllText(path, "zwei — é");
        Assert.Equal("zwei — é", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder["deep/er"]));
    }

    [Fact]
    public void A_write_that_throws_leaves_the_old_file_and_nothing_else()
    {
        AtomicFile.WriteAllText(folder["a.txt"], "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new InvalidOperationException("stop");
        }));
        Assert.Equal("old", File.ReadAllText(folder["a.txt"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_a_dead_process_left_is_removed_by_the_next_write_of_that_name_only()
    {
        var left = folder[$".a.txt.{Guid.NewGuid():N}.tmp"];
        var other = folder[$".b.txt.{Guid.NewGuid():N}.tmp"];
        File.WriteAllText(left, "half");
        File.WriteAllText(other, "half");
        AtomicFile.WriteAllText(folder["a.txt"], "whole");
        Assert.False(File.Exists(left));
        Assert.True(File.Exists(other));
        Assert.Equal("whole", File.ReadAllText(folder["a.txt"]));
    }

    [Fact]
    public void A_write_in_progress_does_not_count_as_a_leftover_and_the_file_can_be_read_meanwhile()
    {
        AtomicFile.WriteAllText(folder["a.txt"], "old");
        AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.Write("outer"u8);
            AtomicFile.WriteAllText(folder["a.txt"], "inner");
            Assert.Equal("inner", File.ReadAllText(folder["a.txt"]));
        });
        Assert.Equal("outer", File.ReadAllText(folder["a.txt"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Readers_and_several_writers_never_meet_a_part()
    {
        var path = folder["status.json"];
        AtomicFile.WriteAllText(path, new string('0', 5000));
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 3).Select(n => Task.Run(() =>
        {
            for (var i = 0; i < 60; i++) AtomicFile.WriteAllText(path, new string((char)('1' + n), 5000 + 1000 * n));
        }, TestContext.Current.CancellationToken)).ToArray();
        var reader = Task.Run(() =>
        {
            var reads = 0;
            while (!stop.IsCancellationRequested)
            {
                var text = File.ReadAllText(path);
                Assert.Equal(text[0] == '0' ? 5000 : 5000 + 1000 * (text[0] - '1'), text.Length);
                Assert.Single(text.Distinct());
                reads++;
            }
            return reads;
        }, TestContext.Current.CancellationToken);
        await Task.WhenAll(writers);
        await stop.CancelAsync();
        Assert.True(await reader > 0);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_in_the_way_is_a_persons_error()
    {
        Directory.CreateDirectory(folder["a"]);
        var error = Assert.Throws<UserException>(() => AtomicFile.WriteAllText(folder["a"], "x"));
        Assert.Contains(folder["a"], error.Message, StringComparison.Ordinal);
        File.WriteAllText(folder["f"], "");
        Assert.Throws<UserException>(() => AtomicFile.WriteAllText(folder["f/g"], "x"));
    }

    [Fact]
    public void Json_is_camel_case_with_named_enumerations_and_reads_back()
    {
        AtomicFile.WriteJson(folder["a.json"], new Sample("über <&>", Kind.TwoWords, null));
        Assert.Equal(
            "{\n  \"someName\": \"über <&>\",\n  \"kind\": \"twoWords\",\n  \"value\": null\n}\n", File.ReadAllText(folder["a.json"]));
        Assert.Equal(new Sample("über <&>", Kind.TwoWords, null), JsonFile.Read<Sample>(folder["a.json"]));
    }

    [Theory]
    [InlineData("{\n \"someName\": 3}", "line 2, column")]
    [InlineData("{\n \"someName\": \"a\",\n \"kind\": \"three\"}", "line 3, column")]
    [InlineData("{\"someName\": null}", "line 1, column")]
    [InlineData("{\"value\": NaN}", "line 1, column")]
    [InlineData("", "line 1, column")]
    [InlineData("null", "null")]
    [InlineData("{\"someName\": \"\\ud800\"}", "line 1, column")]
    public void Bad_json_names_file_line_and_column(string text, string where)
    {
        File.WriteAllText(folder["bad.json"], text);
        var error = Assert.Throws<UserException>(() => JsonFile.Read<Sample>(folder["bad.json"]));
        Assert.Contains($"{folder["bad.json"]} ", error.Message, StringComparison.Ordinal);
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePositionInLine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_json_says_so()
    {
        var error = Assert.Throws<UserException>(() => JsonFile.Read<Sample>(folder["none/a.json"]));
        Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void People_may_write_comments_commas_and_a_byte_order_mark()
    {
        File.WriteAllText(folder["a.json"], "\uFEFF{ // why\n \"someName\": \"a\", }");
        Assert.Equal("a", JsonFile.Read<Sample>(folder["a.json"]).SomeName);
    }

    [Fact]
    public void Hashes_are_those_of_sha256sum()
    {
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Hashing.Sha256("abc"u8));
        File.WriteAllText(folder["a"], "a");
        File.WriteAllText(folder["bc"], "bc");
        Assert.Equal(Hashing.Sha256("abc"u8), Hashing.Sha256Files(folder["a"], folder["bc"]));
        Assert.Equal(Hashing.Sha256("a"u8), Hashing.Sha256File(folder["a"]));
        Assert.Throws<UserException>(() => Hashing.Sha256File(folder["none"]));
    }

    private enum Kind { One, TwoWords }

    private sealed record Sample(string SomeName, Kind Kind, double? Value);
}
