using System.Text;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tests.Files;

public sealed class JsonLinesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Lines_read_back_and_appending_continues()
    {
        using (var writer = new JsonLinesWriter(folder["a.jsonl"])) writer.Append(new Item(1, "a\nb"));
        using (var writer = new JsonLinesWriter(folder["a.jsonl"]))
        {
            writer.Append(new Item(2, "ü"));
            Assert.Equal([1, 2], JsonLines.Read<Item>(folder["a.jsonl"], false).Select(item => item.N));
        }
        Assert.Equal("{\"n\":1,\"text\":\"a\\nb\"}\n{\"n\":2,\"text\":\"ü\"}\n", File.ReadAllText(folder["a.jsonl"]));
    }

    [Fact]
    public void Torn_at_any_byte_the_end_is_tolerated_and_the_next_writer_continues()
    {
        using (var writer = new JsonLinesWriter(folder["whole.jsonl"]))
        {
            for (var i = 0; i < 3; i++) writer.Append(new Item(i, "käse"));
        }
        var whole = File.ReadAllBytes(folder["whole.jsonl"]);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(folder["torn.jsonl"], whole[..length]);
            var ended = whole.AsSpan(0, length).Count((byte)'\n');
            var read = JsonLines.Read<Item>(folder["torn.jsonl"], tolerateTornEnd: true).Count();
            Assert.InRange(read, ended, ended + 1); // One more where only the newline is missing.

            using (var writer = new JsonLinesWriter(folder["torn.jsonl"])) writer.Append(new Item(9, "on"));
            var after = JsonLines.Read<Item>(folder["torn.jsonl"], tolerateTornEnd: false).ToList();
            Assert.Equal(read + 1, after.Count);
            Assert.Equal(9, after[^1].N);
        }
    }

    [Theory]
    [InlineData("{\"n\":1}\n{\"n\":\n{\"n\":3}\n", 2)]
    [InlineData("{\"n\":1}\n\n{\"n\":2}\n{\"n\":true}", 4)]
    [InlineData("\uFEFF{\"n\":1}\nnull\n", 2)]
    [InlineData("{\"n\":1}\n{\"n\":2} {}\n", 2)]
    public void An_unreadable_line_is_named(string text, int line)
    {
        File.WriteAllText(folder["a.jsonl"], text);
        var error = Assert.Throws<UserException>(() => JsonLines.Read<Item>(folder["a.jsonl"], false).Count());
        Assert.StartsWith($"{folder["a.jsonl"]} line {line}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_torn_end_that_is_not_to_be_tolerated_is_named()
    {
        File.WriteAllText(folder["a.jsonl"], "{\"n\":1}\n{\"n\":2");
        var error = Assert.Throws<UserException>(() => JsonLines.Read<Item>(folder["a.jsonl"], false).Count());
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_text_are_a_user_error()
    {
        File.WriteAllBytes(folder["a.jsonl"], [.. "{\"n\":1,\"text\":\""u8, 0xFF, 0xC3, .. "\"}\n"u8]);
        Assert.Throws<UserException>(() => JsonLines.Read<Item>(folder["a.jsonl"], false).Count());
        File.WriteAllBytes(folder["a.jsonl"], new byte[500]);
        Assert.Throws<UserException>(() => JsonLines.Read<Item>(folder["a.jsonl"], false).Count());
        Assert.Throws<UserException>(() => JsonLines.Read<Item>(folder["none.jsonl"], false).Count());
        Assert.Throws<UserException>(() => JsonLines.Read<Item>(folder.Path, false).Count());
    }

    [Fact]
    public void Lines_longer_than_the_buffer_and_windows_ends_are_read()
    {
        var random = new Random(1);
        var items = Enumerable.Range(0, 40).Select(i => new Item(i, new string('x', random.Next(200_000)))).ToList();
        var text = new StringBuilder();
        foreach (var item in items) text.Append($"{{\"n\":{item.N},\"text\":\"{item.Text}\"}}\r\n");
        File.WriteAllText(folder["long.jsonl"], text.ToString());
        Assert.Equal(items, JsonLines.Read<Item>(folder["long.jsonl"], false));
        Assert.Equal(Enumerable.Range(1, 40), JsonLines.ReadNumbered<Item>(folder["long.jsonl"], false).Select(pair => pair.Line));
    }

    [Fact]
    public void Numbers_that_are_not_finite_cannot_be_written()
    {
        using var writer = new JsonLinesWriter(folder["a.jsonl"]);
        Assert.Throws<ArgumentException>(() => writer.Append(new { Loss = double.NaN }));
        Assert.Throws<ArgumentException>(() => writer.Append(new { Loss = float.PositiveInfinity }));
        Assert.Equal(0, new FileInfo(folder["a.jsonl"]).Length);
    }

    private sealed record Item(int N, string? Text);
}
