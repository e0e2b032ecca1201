using System.Globalization;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Captions;
using SaeDashboard.Labelling.Scores;
using SaeDashboard.Labelling.Suggestions;

namespace SaeDashboard.Labelling.Tests.Demo;

/// <summary>The suggestions that are part of the repository: they are what this program makes, and worth what is said of them.</summary>
public sealed class DemoSuggestionTests(DemoSae demo, ITestOutputHelper output) : IClassFixture<DemoSae>
{
    private static readonly Lock Turn = new();
    private static MadeSuggestions? made;

    private MadeSuggestions Made
    {
        get
        {
            lock (Turn) return made ??= SuggestionMaker.Make(demo.Index, demo.Clips, demo.Dataset);
        }
    }

    /// <summary>After a change that is meant: UPDATE_SUGGESTIONS=1 writes the file again; read what changed.</summary>
    [Fact]
    public void The_file_is_what_this_program_makes()
    {
        if (Environment.GetEnvironmentVariable("UPDATE_SUGGESTIONS") == "1") Made.Save(demo.Index);
        using var folder = new TemporaryFolder();
        LabelSuggestions.Write(folder.Path, Made.Info, demo.Index.Count, Made.Suggestions);
        Assert.Equal(File.ReadAllLines(folder[LabelSuggestions.FileName]), File.ReadAllLines(Path.Combine(demo.Index.Folder, LabelSuggestions.FileName)));
    }

    [Fact]
    public void Every_kept_feature_has_a_suggestion_or_is_counted()
    {
        var suggestions = LabelSuggestions.Open(demo.Index.Folder, demo.Index.Info)!;
        var kept = Enumerable.Range(0, demo.Index.Count).Where(feature => demo.Index.Kept[feature] != 0).ToList();
        var without = kept.Where(feature => suggestions.Of(feature).Count == 0).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kept.Count} kept, {without.Count} without a suggestion: {string.Join(' ', without)}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"captions {suggestions.Features.Count(feature => suggestions.Of(feature).Any(each => each.Method == SuggestionMethod.CaptionContrast))}, descriptors {suggestions.Features.Count(feature => suggestions.Of(feature).Any(each => each.Method == SuggestionMethod.DescriptorContrast))}"));
        Assert.True(without.Count <= kept.Count / 40, $"{without.Count} features have no suggestion");
        Assert.All(suggestions.Features, feature => Assert.NotEqual(0, demo.Index.Kept[feature]));
    }

    [Fact]
    public void Labels_tell_firing_clips_from_others_better_than_exchanged_labels_do()
    {
        var labels = Made.Suggestions.Where(each => each.Method == SuggestionMethod.CaptionContrast).ToList();
        var scored = labels.Where(each => each.Detection is not null).ToList();
        var floor = Made.Info.Floor["captionContrast"];
        Report("all", scored, floor);
        foreach (var share in new[] { 0.5, 0.25, 0.1, 0.05 })
            Report(string.Create(CultureInfo.InvariantCulture, $"the {share:P0} that the method itself is surest of"), [.. scored.OrderByDescending(each => each.Confidence).ThenBy(each => each.Feature).Take((int)(share * scored.Count))], floor);
        for (var seed = 1; seed <= 3; seed++)
        {
            var again = new DetectionScorer(demo.Clips, new CaptionClipJudge(demo.Dataset.Clips)).Floor(labels.ToDictionary(each => each.Feature, each => each.Text), seed);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"floor of exchange {seed}: random {again.Random:F3}, near misses {again.NearMiss:F3}"));
            Assert.InRange(again.NearMiss!.Value, floor.NearMiss!.Value - 0.02, floor.NearMiss.Value + 0.02);
        }
        var all = DetectionScorer.Mean([.. scored.Select(each => each.Detection!)]);
        Assert.True(all.Random > floor.Random + 0.04, $"random: {all.Random} against {floor.Random}");
        Assert.True(all.NearMiss > floor.NearMiss + 0.05, $"near misses: {all.NearMiss} against {floor.NearMiss}");
    }

    /// <summary>How often a label names the concept that the feature ranks with an AUROC of 0.9 or more. Captions do not name every concept: none says "kick".</summary>
    [Fact]
    public void Labels_of_features_that_follow_a_concept_are_compared_with_it()
    {
        var (matched, nameable, all, either) = (0, 0, 0, 0);
        var descriptors = Made.Suggestions.Where(each => each.Method == SuggestionMethod.DescriptorContrast).ToDictionary(each => each.Feature, each => each.Text);
        foreach (var each in Made.Suggestions.Where(each => each.Method == SuggestionMethod.CaptionContrast))
        {
            if (demo.Index.Measures!.BestConcept(each.Feature) is not { Auroc: >= 0.9f } concept) continue;
            all++;
            var fits = ConceptWords.Matches(each.Text, concept.Concept);
            nameable += fits is null ? 0 : 1;
            matched += fits == true ? 1 : 0;
            var descriptor = descriptors.GetValueOrDefault(each.Feature);
            either += fits == true || (descriptor is not null && ConceptWords.DescriptorMatches(descriptor, concept.Concept)) ? 1 : 0;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"feature {each.Feature}: {concept.Concept} (AUROC {concept.Auroc:F2}), suggested \"{each.Text}\" and \"{descriptor}\": {(fits is null ? "captions have no word for it" : fits.Value ? "matches" : "differs")}; random {each.Detection?.Random:F2}, near misses {each.Detection?.NearMiss:F2}"));
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{matched} of {all} match; {nameable} of them have a concept that captions can name; {either} match with either suggestion"));
        // Descriptors know silence, which captions do not mention.
        Assert.True(2 * either > all, $"{either} of {all}");
    }

    /// <summary>"taiko drums, without drum roll" is longer than "taiko drums" and harder to read: it has to say clearly more.</summary>
    [Fact]
    public void Few_names_have_words_that_captions_lack()
    {
        var captions = Made.Suggestions.Where(each => each.Method == SuggestionMethod.CaptionContrast).ToList();
        var with = captions.Count(each => each.Text.Contains(", without ", StringComparison.Ordinal));
        output.WriteLine($"{with} of {captions.Count} names have words that captions lack; the longest name has {Made.Suggestions.Max(each => each.Text.Length)} characters");
        Assert.InRange(with, 1, captions.Count / 3);
        var untested = SuggestionMaker.Make(demo.Index, null, demo.Dataset, cancellation: TestContext.Current.CancellationToken);
        Assert.Null(untested.Info.Clips);
        Assert.All(untested.Suggestions, each => Assert.Null(each.Detection));
    }

    [Fact]
    public void No_label_is_made_from_a_clip_that_it_is_tested_on()
    {
        for (var feature = 0; feature < demo.Index.Count; feature++)
        {
            var tested = demo.Clips.TestRows(feature);
            var (firing, nearMisses) = SuggestionMaker.Rows(demo.Index, demo.Clips, feature, demo.Dataset.Clips.Count);
            Assert.DoesNotContain(firing.Concat(nearMisses), tested.Contains);
            Assert.All(tested, row => Assert.Equal("test", demo.Dataset.Clips[row].Split));
            Assert.All(firing.Concat(nearMisses), row => Assert.NotEqual("test", demo.Dataset.Clips[row].Split));
        }
    }

    private void Report(string what, List<LabelSuggestion> scored, DetectionScore floor)
    {
        var mean = DetectionScorer.Mean([.. scored.Select(each => each.Detection!)]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {scored.Count} labels; random {mean.Random:F3} (floor {floor.Random:F3}), near misses {mean.NearMiss:F3} (floor {floor.NearMiss:F3}, {mean.NearMiss - floor.NearMiss:+0.000} above it); {scored.Count(each => each.Detection!.NearMiss >= floor.NearMiss + 0.2)} labels are 0.2 or more above the floor on near misses"));
    }
}

/// <summary>The words that the demo's captions use for a concept.</summary>
internal static class ConceptWords
{
    private static readonly Dictionary<string, string[]> Synonyms = new()
    {
        ["inst.church_organ"] = ["church organ", "pipe organ", "organ"], ["inst.distortion_guitar"] = ["distorted guitar", "rock guitar"], ["inst.electric_piano"] = ["electric piano", "rhodes"],
        ["inst.kalimba"] = ["kalimba", "thumb piano"], ["inst.nylon_guitar"] = ["nylon guitar", "acoustic guitar"], ["inst.pad"] = ["pad"], ["inst.piano"] = ["piano", "grand piano"], ["inst.saw_lead"] = ["saw synth lead", "synth lead"],
        ["inst.saxophone"] = ["saxophone", "sax"], ["inst.square_lead"] = ["square lead", "chiptune"], ["inst.strings"] = ["strings", "string ensemble"], ["inst.tubular_bells"] = ["bells", "tubular bells"],
        ["inst.violin"] = ["violin", "fiddle"], ["drums.hihats"] = ["hi-hats"], ["drums.rock_beat"] = ["rock beat"], ["pattern.glitch"] = ["glitchy", "beeps"], ["silence"] = ["silence", "no sound"],
        ["tempo.mid"] = ["mid tempo"], ["register.high"] = ["high"], ["register.low"] = ["low"],
        // Single drums, keys and onsets are in no caption.
        ["drum.kick"] = [], ["drum.snare"] = [], ["drum.hihat"] = [], ["drum.clap"] = [], ["drum.crash"] = [], ["onset"] = [],
    };

    /// <summary>Whether the first word of a label made of descriptors says the same as the concept.</summary>
    public static bool DescriptorMatches(string label, string concept) => label.Split(", ")[0] == concept switch
    {
        "silence" => "quiet",
        "register.high" => "high",
        "register.low" => "low",
        "onset" => "many onsets",
        _ => null,
    };

    /// <summary>Whether the label has the concept's words, and not after "without"; null: captions have no words for it.</summary>
    public static bool? Matches(string label, string concept)
    {
        var words = Synonyms.TryGetValue(concept, out var known) ? known : concept.StartsWith("key.", StringComparison.Ordinal) ? [] : [concept[(concept.IndexOf('.', StringComparison.Ordinal) + 1)..].Replace('_', ' ')];
        if (words.Length == 0) return null;
        var present = string.Join(", ", label.Split(", ").Where(part => !part.StartsWith("without ", StringComparison.Ordinal)));
        var terms = CaptionTerms.Of(present);
        return words.Any(word => CaptionTerms.Of(word).Keys.MaxBy(term => term.Length) is { } term && terms.ContainsKey(term));
    }
}
