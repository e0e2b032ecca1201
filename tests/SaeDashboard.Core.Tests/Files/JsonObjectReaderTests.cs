using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.TestSupport;

namespace SaeDashboard.Core.Tests.Files;

public sealed class JsonObjectReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Members_are_read_by_type_and_null_counts_as_absent()
    {
        var json = Read("""{"i": 24.0, "n": 1.5, "b": true, "t": "x", "none": null, "o": {"k": 3}, "list": [{"id": 1}, {"id": 2}], "sizes": [2, 3e0], "word": "two"}""");
        Assert.Equal(24, json.Integer("i"));
        Assert.Equal(7, json.Integer("none", 7));
        Assert.Null(json.IntegerOrNone("none"));
        Assert.Equal(1.5, json.Number("n"));
        Assert.True(json.Flag("b"));
        Assert.True(json.Flag("missing", true));
        Assert.Equal("x", json.Text("t"));
        Assert.Equal("y", json.Text("none", "y"));
        Assert.Equal(3, json.Object("o").Integer("k"));
        Assert.Equal(5, json.ObjectOrEmpty("none").Integer("k", 5));
        Assert.Equal([1, 2], json.Objects("list").Select(each => each.Integer("id")));
        Assert.Equal([2, 3], json.IntegerList("sizes", 2));
        Assert.Equal(DayOfWeek.Tuesday, json.OneOf<DayOfWeek>("word", [("one", DayOfWeek.Monday), ("two", DayOfWeek.Tuesday)], null));
        Assert.Equal(DayOfWeek.Sunday, json.OneOf<DayOfWeek>("none", [], DayOfWeek.Sunday));
    }

    [Theory]
    [InlineData("""{}""", "\"o.i\" is missing: expected an integer from 1 to 9. Is it there?")]
    [InlineData("""{"i": null}""", "\"o.i\" is missing")]
    [InlineData("""{"i": "48"}""", "\"o.i\" is \"48\": expected an integer from 1 to 9.")]
    [InlineData("""{"i": 1.5}""", "\"o.i\" is 1.5: expected")]
    [InlineData("""{"i": 10}""", "\"o.i\" is 10: expected")]
    [InlineData("""{"i": 1e999}""", "\"o.i\" is 1e999: expected")]
    [InlineData("""{"i": 1, "n": 1e999}""", "\"o.n\" is 1e999: expected a finite number.")]
    [InlineData("""{"i": 1, "b": 1}""", "\"o.b\" is 1: expected true or false.")]
    [InlineData("{\"i\": 1, \"t\": [\"a\",\n \"b\"]}", "\"o.t\" is [\"a\",\"b\"]: expected a string.")]
    [InlineData("""{"i": 1, "list": 3}""", "\"o.list\" is 3: expected a list.")]
    [InlineData("""{"i": 1, "list": [{"id": 1}, 7]}""", "\"o.list[1]\" is 7: expected an object.")]
    [InlineData("""{"i": 1, "list": [{}]}""", "\"o.list[0].id\" is missing: expected a positive integer.")]
    [InlineData("""{"i": 1, "sizes": []}""", "\"o.sizes\" is []: expected a list of at least one integer, at most 2, each of at least 1.")]
    [InlineData("""{"i": 1, "sizes": [1, 2, 3]}""", "\"o.sizes\" is [1,2,3]: expected")]
    [InlineData("""{"i": 1, "word": "three"}""", "\"o.word\" is \"three\"; known are one.")]
    public void A_wrong_member_is_named_with_file_path_value_and_what_was_expected(string inner, string expected)
    {
        var json = Read($$"""{"o": {{inner}}}""", " Is it there?").Object("o");
        var message = Assert.Throws<UserException>(() =>
        {
            json.Integer("i", min: 1, max: 9);
            json.NumberOrNone("n");
            json.Flag("b", false);
            json.TextOrNone("t");
            if (json.Has("list")) foreach (var each in json.Objects("list")) each.Integer("id");
            if (json.Has("sizes")) json.IntegerList("sizes", 2);
            json.OneOf<DayOfWeek>("word", [("one", DayOfWeek.Monday)], DayOfWeek.Monday);
        }).Message;
        Assert.StartsWith($"{folder["x.json"]}: {expected}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_value_is_shortened()
    {
        var message = Assert.Throws<UserException>(() => Read($$"""{"i": "{{new string('a', 1000)}}"}""").Integer("i")).Message;
        Assert.InRange(message.Length, 1, folder["x.json"].Length + 150);
    }

    [Theory]
    [InlineData("[1]", false, "is not a test's file: expected one JSON object, got [1].")]
    [InlineData("""{"a": 1, "a": 2}""", true, "\"a\" is duplicated")]
    [InlineData("""{"b": [{"a": 1, "a": 2}]}""", true, "\"a\" is duplicated")]
    public void A_file_that_is_not_one_readable_object_is_refused(string text, bool unique, string expected)
    {
        File.WriteAllText(folder["x.json"], text);
        Assert.Contains(expected, Assert.Throws<UserException>(() => JsonObjectReader.Open(folder["x.json"], "a test's file", unique)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_nested_too_deeply_to_be_written_back_are_refused()
    {
        File.WriteAllText(folder["x.json"], $$"""{"a": {{new string('[', 40)}}{{new string(']', 40)}}}""");
        Assert.Contains("nested deeper than 32", Assert.Throws<UserException>(() => JsonObjectReader.Open(folder["x.json"], "a test's file", unique: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_can_be_changed_and_written_back()
    {
        var copy = Read("""{"o": {"k": 3, "é": "\u001b"}}""").Copy("o")!.AsObject();
        copy["k"] = 4;
        Assert.Equal("""{"k":4,"\u00E9":"\u001B"}""", copy.ToJsonString());
    }

    private JsonObjectReader Read(string text, string hint = "") => new(folder["x.json"], JsonSerializer.Deserialize<JsonElement>(text), hint);
}
