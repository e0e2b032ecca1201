using SaeDashboard.Core;

namespace SaeDashboard.Core.Tests;

/// <summary>The one rule for names and labels.</summary>
public sealed class PersonTextTests
{
    [Theory]
    [InlineData("  slap bass ", "slap bass")]
    [InlineData("太鼓", "太鼓")]
    [InlineData("כינור", "כינור")]
    [InlineData("👩‍🎤 sings", "👩‍🎤 sings")]
    [InlineData("a=b, \"c\"", "a=b, \"c\"")]
    public void What_people_call_things_is_taken(string typed, string name) => Assert.Equal(name, PersonText.Name(typed, "The name"));

    [Theory]
    [InlineData("\u200B")]
    [InlineData("\u200D\u2060 \uFEFF")]
    [InlineData("\u2003\u3000\u205F")]
    [InlineData("\u00AD\u180E\u034F")]
    [InlineData("\u3164\uFFA0\u2800")]
    [InlineData("\uFE0F\U000E0101\U000E0020")]
    public void A_text_in_which_nothing_can_be_seen_is_empty(string text)
    {
        Assert.Equal("", PersonText.Line(text, "The label", 200));
        Assert.Equal("", PersonText.Lines(text, "The note", 200));
        Assert.Contains("is empty", Assert.Throws<UserException>(() => PersonText.Name(text, "The name")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Joiners_within_what_is_seen_stay() =>
        Assert.Equal("\U0001F469\u200D\U0001F3A4 \u2764\uFE0F", PersonText.Line("\U0001F469\u200D\U0001F3A4 \u2764\uFE0F", "The label", 200));

    [Theory]
    [InlineData("a\r\nb", "line break")]
    [InlineData("a\n", "line break")]
    [InlineData("a\u2028b", "line break")]
    [InlineData("a\u0007b", "control character")]
    [InlineData("a\u001bb", "control character")]
    [InlineData("a\u202Eb", "turns the direction of the text (U+202E, character 2)")]
    [InlineData("a\u2066b", "turns the direction")]
    [InlineData("a\u200Fb", "turns the direction")]
    [InlineData("", "is empty")]
    [InlineData("   ", "is empty")]
    [InlineData(null, "is empty")]
    public void What_would_break_or_turn_a_row_is_refused_with_the_place(string? typed, string why) =>
        Assert.Contains(why, Assert.Throws<UserException>(() => PersonText.Name(typed, "The name")).Message, StringComparison.Ordinal);

    [Fact]
    public void Half_of_a_character_is_refused() =>
        // Not inline data: an attribute's text is stored as UTF-8, which has no such half.
        Assert.Contains("half of a character", Assert.Throws<UserException>(() => PersonText.Name("a" + (char)0xD83D + "b", "The name")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_has_a_longest_length_and_a_text_may_have_lines()
    {
        Assert.Equal(120, PersonText.Name(new string('x', 120), "The name").Length);
        Assert.Contains("121 characters; 120", Assert.Throws<UserException>(() => PersonText.Name(new string('x', 121), "The name")).Message, StringComparison.Ordinal);
        Assert.Equal("one\r\n\ttwo", PersonText.Lines("one\r\n\ttwo\n", "The note", 20));
        Assert.Throws<UserException>(() => PersonText.Lines("one\u202Etwo", "The note", 20));
        Assert.Equal("", PersonText.Line(null, "The label", 20));
    }
}
