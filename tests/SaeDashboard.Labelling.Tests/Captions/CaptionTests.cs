using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Labelling.Captions;

namespace SaeDashboard.Labelling.Tests.Captions;

public sealed class CaptionTests
{
    [Fact]
    public void Terms_are_words_and_phrases_without_small_words_at_their_ends()
    {
        var terms = CaptionTerms.Of("124 bpm, soft hi-hats with the cello line and four on the floor");
        Assert.Equal(
            ["cello", "cello line", "floor", "four", "four on the floor", "hi-hat", "line", "soft", "soft hi-hat"],
            terms.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("soft hi-hats", terms["soft hi-hat"]);
    }

    [Theory]
    [InlineData("drums", "drum")]
    [InlineData("melodies", "melody")]
    [InlineData("churches", "church")]
    [InlineData("brass", "brass")]
    [InlineData("chorus", "chorus")]
    [InlineData("bus", "bus")]
    [InlineData("glasses", "glass")]
    public void Singular_and_plural_are_one(string word, string singular) => Assert.Equal(singular, CaptionTerms.Singular(word));

    [Fact]
    public void The_words_of_firing_clips_become_the_label()
    {
        var clips = Clips(firing: 12, near: 12);
        var (vocabulary, firing, near, others) = Sets(clips);
        var label = new CaptionContrast(vocabulary).Label(firing, near, others)!;
        Assert.Equal("taiko drums", label.Text);
        Assert.True(label.Confidence > 0.9, $"{label.Confidence}");
        Assert.Contains("taiko drums: 12 of 12 clips, 0 of 12 near misses", label.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_clips_in_another_order_give_the_same_label()
    {
        var clips = Clips(firing: 12, near: 12);
        var (vocabulary, firing, near, others) = Sets(clips);
        var label = new CaptionContrast(vocabulary).Label(firing, near, others)!;
        var again = new CaptionContrast(vocabulary).Label([.. firing.Reverse()], [.. near.Reverse()], [.. others.Reverse()])!;
        Assert.Equal(label.Text, again.Text);
        Assert.Equal(label.Confidence, again.Confidence);
    }

    [Fact]
    public void What_near_misses_have_and_firing_clips_lack_follows_without()
    {
        var captions = new List<string>();
        string[] words = ["slow", "fast", "dark", "bright", "sad", "happy", "soft", "warm"];
        for (var i = 0; i < 16; i++) captions.Add($"piano, {words[i % 8]}");
        for (var i = 0; i < 16; i++) captions.Add($"piano with loud choir, {words[i % 8]}");
        for (var i = 0; i < 68; i++) captions.Add(i % 4 == 0 ? "synth bass with choir" : "synth bass line");
        var clips = Of(captions);
        var vocabulary = new CaptionVocabulary(clips, [.. Enumerable.Range(0, 100)]);
        var label = new CaptionContrast(vocabulary).Label([.. Enumerable.Range(0, 16)], [.. Enumerable.Range(16, 16)], [.. Enumerable.Range(0, 100)])!;
        Assert.StartsWith("piano", label.Text, StringComparison.Ordinal);
        Assert.EndsWith("without choir", label.Text, StringComparison.Ordinal);
    }

    /// <summary>A label has at most 200 characters: terms are left out, none is cut.</summary>
    [Fact]
    public void A_label_of_long_words_has_fewer_of_them()
    {
        string[] words = [.. "abc".Select(letter => new string(letter, 90))];
        var clips = Of([.. Enumerable.Range(0, 24).Select(i => words[i % 3]), .. Enumerable.Range(0, 76).Select(i => i % 4 == 0 ? "bass line" : "piano")]);
        var vocabulary = new CaptionVocabulary(clips, [.. Enumerable.Range(0, 100)]);
        var label = new CaptionContrast(vocabulary).Label([.. Enumerable.Range(0, 24)], [], [.. Enumerable.Range(0, 100)])!;
        Assert.Equal(2, label.Terms.Count);
        Assert.All(label.Text.Split(", "), word => Assert.Contains(word, words));
        Assert.InRange(label.Text.Length, 1, PersonText.MaxLabel);
    }

    [Fact]
    public void Too_few_clips_or_no_common_word_give_no_label()
    {
        var clips = Of([.. Enumerable.Range(0, 40).Select(i => $"word{(char)('a' + i % 26)}{(char)('a' + i / 26)} thing{(char)('a' + i % 26)}")]);
        var vocabulary = new CaptionVocabulary(clips, [.. Enumerable.Range(0, 40)]);
        var contrast = new CaptionContrast(vocabulary);
        Assert.Null(contrast.Label([0, 1, 2], [], [.. Enumerable.Range(0, 40)]));
        Assert.Null(contrast.Label([0, 1, 2, 3, 4, 5, 6, 7], [], [.. Enumerable.Range(8, 32)]));
    }

    /// <summary>The formula of the paper with numbers that were worked out by hand: α = 20 · 0.1 = 2; ln(14/26) − ln(4/36) = 1.578; √(1/14 + 1/4) = 0.567.</summary>
    [Fact]
    public void Log_odds_are_those_of_the_formula() => Assert.Equal(1.5781854 / 0.5669467, CaptionContrast.LogOdds(12, 20, 2, 20, 0.1), 5);

    [Fact]
    public void The_judge_counts_phrases_parts_of_phrases_and_what_is_to_be_absent()
    {
        var judge = new CaptionJudge("Taiko drums, rock beat without choir");
        Assert.Equal(1, judge.Score("loud taiko drum, slow"));
        Assert.Equal(2, judge.Score("taiko drums and rock beat"));
        Assert.Equal(1, judge.Score("taiko drums and rock beat, choir"));
        Assert.Equal(0.25, judge.Score("rock guitar"));
        Assert.Equal(0, judge.Score("flute"));
        Assert.False(new CaptionJudge("— 12 !").SaysSomething);
    }

    private static (CaptionVocabulary Vocabulary, int[] Firing, int[] Near, int[] Others) Sets(List<Clip> clips)
    {
        var all = Enumerable.Range(0, clips.Count).ToArray();
        return (new CaptionVocabulary(clips, all), [.. all.Take(12)], [.. all.Skip(12).Take(12)], [.. all.Skip(24)]);
    }

    private static List<Clip> Clips(int firing, int near)
    {
        var captions = new List<string>();
        for (var i = 0; i < firing; i++) captions.Add(i % 3 == 0 ? "slow taiko drums" : i % 3 == 1 ? "taiko drums, loud" : "fast taiko drums with flute");
        for (var i = 0; i < near; i++) captions.Add(i % 2 == 0 ? "rock beat, loud" : "fast drum roll with flute");
        for (var i = 0; i < 60; i++) captions.Add(i % 3 == 0 ? "slow flute melody" : i % 3 == 1 ? "piano chords, loud" : "fast synth bass line");
        return Of(captions);
    }

    private static List<Clip> Of(IEnumerable<string> captions) => [.. captions.Select((caption, row) => new Clip(row, $"clip-{row}", "select", caption, 10, null, null, null))];
}
