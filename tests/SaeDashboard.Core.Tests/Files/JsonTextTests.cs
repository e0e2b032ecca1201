using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tests.Files;

public class JsonTextTests
{
    [Theory]
    [InlineData("""{"a": "\ud83d\ude00", "b\u0041": [1, "\\ud800"]}""")]
    [InlineData("""{"a": 1, /* no text: \ud800 */ }""")]
    public void What_can_be_read_passes(string json) => JsonText.RequireReadable("x.json", Encoding.UTF8.GetBytes(json));

    [Theory]
    [InlineData("""{"a": "\ud83d"}""", "x.json line 1, column 7:")]
    [InlineData("""{"\ude00": 1}""", "x.json line 1, column 2:")]
    [InlineData("[\n \"a\",\n  \"\\ud83dx\"]", "x.json line 3, column 3:")]
    public void Half_a_surrogate_pair_is_refused_with_its_place(string json, string place)
    {
        var error = Assert.Throws<UserException>(() => JsonText.RequireReadable("x.json", Encoding.UTF8.GetBytes(json))).Message;
        Assert.Contains(place, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] json = [(byte)'"', 0xED, 0xA0, 0x80, (byte)'"'];
        Assert.Contains("not UTF-8", Assert.Throws<UserException>(() => JsonText.RequireReadable("x.json", json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_JSON_is_left_to_the_parser() =>
        Assert.ThrowsAny<JsonException>(() => JsonText.RequireReadable("x.json", "{\"a\\u0041\": "u8));
}
