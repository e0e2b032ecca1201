using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Captions;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Scores;
using SaeDashboard.Web.Tests.Features;
using static SaeDashboard.Storage.ClipJudgement;

namespace SaeDashboard.Web.Tests.Scores;

/// <summary>People's scores are computed by hand here; a score belongs to one text and is current while the feature is called by it.</summary>
public sealed class LabelScoreTests : IDisposable
{
    private const int Feature = 1337;

    private static readonly FeatureSet Set = DemoFeatures.Set;
    private static readonly FeatureKey Key = new(Set.SaeHash, Feature);

    // Mean votes 1, 1, 1, ½, 0 where it fires; 0, 0, 0, 0, ½ in random clips; 1, 0, 0, 0, ½ in near misses.
    private static readonly (int Row, ClipJudgement Vote)[] Votes =
    [
        .. Cast(DetectionKind.Positive, Fits, Fits, Fits, Unsure, DoesNotFit), .. Cast(DetectionKind.Random, DoesNotFit, DoesNotFit, DoesNotFit, DoesNotFit, Unsure),
        .. Cast(DetectionKind.NearMiss, Fits, DoesNotFit, DoesNotFit, DoesNotFit, Unsure),
    ];

    private readonly ScoreStore store = new();

    public void Dispose() => store.Dispose();

    [Fact]
    public void Peoples_auroc_is_the_one_computed_by_hand_for_each_kind_apart_and_the_captions_judge_is_asked_about_the_same_clips()
    {
        var label = Set.Suggestions(Feature).First(each => each.Kind == SuggestionKind.CaptionContrast).Words;
        store.Vote(store.Queue(Feature), Feature, "ada", AnnotationVerdict.Accept, label, Votes);
        store.Labels.Name(Key, label, null, ScoreStore.Person("ada"));
        var scores = store.Of(Feature);
        Assert.Equal((label, false), (scores.Text, scores.IsSuggestion));
        var people = Assert.Single(scores.Current, score => score.Judge == LabelJudge.People);
        // Of 25 pairs with random clips 15 + 4½ + 2 are in order, of those with near misses 13½ + 3½ + 1½.
        Assert.Equal((21.5 / 25, 18.5 / 25, 5, 5, 5), (people.Detection!.Random!.Value, people.Detection.NearMiss!.Value, people.Detection.Positives, people.Detection.Randoms, people.Detection.NearMisses));
        Assert.Equal((1, store.Clock.GetUtcNow()), (people.People, people.AtUtc));

        var same = Assert.Single(scores.Current, score => score is { Judge: LabelJudge.Captions, OnPeoplesClips: true });
        // A second way: every pair of captions is compared.
        var judge = new CaptionJudge(label);
        double Said(int row) => judge.Score(Set.Clip(row)!.Caption);
        double Pairs(DetectionKind kind) => Rows(DetectionKind.Positive).Take(5).SelectMany(_ => Rows(kind).Take(5), (one, other) => Said(one) > Said(other) ? 1 : Said(one) < Said(other) ? 0 : 0.5).Average();
        Assert.Equal(Pairs(DetectionKind.Random), same.Detection!.Random!.Value, 12);
        Assert.Equal(Pairs(DetectionKind.NearMiss), same.Detection.NearMiss!.Value, 12);
        // On all clips it is what the file says, to its four digits, with the file's floor.
        var all = Assert.Single(scores.Current, score => score is { Judge: LabelJudge.Captions, OnPeoplesClips: false });
        var made = Set.Suggestions(Feature).First(each => each.Kind == SuggestionKind.CaptionContrast);
        Assert.Equal((made.Detection!.Random, made.Detection.NearMiss), (Math.Round(all.Detection!.Random!.Value, 4), Math.Round(all.Detection.NearMiss!.Value, 4)));
        Assert.Equal(made.Floor, all.Floor);
        Assert.Equal(30, all.Detection.Positives + all.Detection.Randoms + all.Detection.NearMisses);
        // For lists: how far apart the two are on the same clips.
        var trust = store.Scores.Trust(Set, store.Labels.Current(Set.SaeHash))[Feature];
        Assert.Equal(0.8, trust.Mean!.Value, 12);
        Assert.Equal(Math.Abs(0.8 - same.Detection.Mean()), trust.Disagreement!.Value, 12);
    }

    [Fact]
    public void Several_people_count_with_their_mean_and_who_votes_again_with_the_later_vote()
    {
        var queue = store.Queue(Feature);
        store.Vote(queue, Feature, "ada", AnnotationVerdict.Accept, "low drums", Votes);
        // He says that it fits wherever it fires, and nowhere else: means 1, 1, 1, ¾, ½ and 0, 0, 0, 0, ¼.
        store.Vote(queue, Feature, "bob", AnnotationVerdict.Accept, "low drums", Votes.Select((vote, at) => (vote.Row, at < 5 ? Fits : DoesNotFit)));
        store.Labels.Name(Key, "low drums", null, ScoreStore.Person("ada"));
        var people = store.Of(Feature).Current[0];
        Assert.Equal((2, 1.0), (people.People, people.Detection!.Random!.Value));
        // Near misses ½, 0, 0, 0, ¼: only ½ and ½ are equal.
        Assert.Equal(24.5 / 25, people.Detection.NearMiss!.Value);
        // In another queue he takes all of it back: as if every clip fitted, then means are 1, 1, 1, ¾, ½ and ½, ½, ½, ½, ¾.
        store.Vote(store.Queue(Feature), Feature, "bob", AnnotationVerdict.Accept, "low drums", Votes.Select(vote => (vote.Row, Fits)));
        people = store.Of(Feature).Current[0];
        Assert.Equal((2, (15 + 4.5 + 2) / 25), (people.People, people.Detection!.Random!.Value));
        var clips = store.Scores.ClipsOf(Set, Feature, store.LabelOf(Feature));
        Assert.Equal(30, clips.Count);
        Assert.Equal(2, clips.First(clip => clip.Row == Votes[0].Row).Votes!.Value.Fits);
    }

    [Fact]
    public void Fewer_than_five_clips_of_a_kind_give_no_figure_and_their_count()
    {
        store.Vote(store.Queue(Feature), Feature, "ada", AnnotationVerdict.Accept, "low drums", Votes.Where((_, at) => at != 9));
        store.Labels.Name(Key, "low drums", null, ScoreStore.Person("ada"));
        var detection = store.Of(Feature).Current[0].Detection!;
        Assert.Equal((null, 4, 18.5 / 25), (detection.Random, detection.Randoms, detection.NearMiss));
        Assert.Equal((0.5 + 18.5 / 25) / 2, store.Scores.Trust(Set, store.Labels.Current(Set.SaeHash))[Feature].Mean);
    }

    [Fact]
    public void After_an_edit_a_score_is_of_an_earlier_label_and_after_undo_it_is_current_again()
    {
        var ann = ScoreStore.Person("ada");
        var first = store.Labels.Name(Key, "low drums", null, ann);
        store.Vote(store.Queue(Feature), Feature, "ada", AnnotationVerdict.Accept, "low drums", Votes);
        Assert.Equal((LabelJudge.People, (long?)first.Id), (store.Of(Feature).Current[0].Judge, store.Of(Feature).Current[0].Revision));
        store.Labels.Name(Key, "taiko drums", null, ann);
        var edited = store.Of(Feature);
        Assert.DoesNotContain(edited.Current, score => score.Judge == LabelJudge.People);
        var stale = Assert.Single(edited.Others);
        Assert.Equal(("low drums", ScoredText.EarlierLabel, first.Id, 21.5 / 25), (stale.Text, stale.Of, stale.Revision!.Value, stale.Detection!.Random!.Value));
        Assert.All(edited.Current, score => Assert.Equal("taiko drums", score.Text));
        Assert.DoesNotContain(Feature, store.Scores.Trust(Set, store.Labels.Current(Set.SaeHash)));
        // Not even letters may differ.
        store.Labels.Name(Key, "Low drums", null, ann);
        Assert.Equal(ScoredText.EarlierLabel, Assert.Single(store.Of(Feature).Others).Of);
        var restored = store.Labels.Restore(first.Id, ann);
        var current = store.Of(Feature);
        Assert.Empty(current.Others);
        Assert.Equal((LabelJudge.People, restored.Id), (current.Current[0].Judge, current.Current[0].Revision!.Value));
        Assert.Equal(0.8, store.Scores.Trust(Set, store.Labels.Current(Set.SaeHash))[Feature].Mean!.Value, 12);
    }

    [Fact]
    public void A_vote_that_is_withdrawn_counts_no_more_and_one_of_a_practice_item_or_another_dataset_never_did()
    {
        store.Labels.Name(Key, "low drums", null, ScoreStore.Person("ada"));
        var id = store.Vote(store.Queue(Feature), Feature, "ada", AnnotationVerdict.Accept, "low drums", Votes);
        Assert.Equal(LabelJudge.People, store.Of(Feature).Current[0].Judge);
        var heard = new List<string>();
        store.Scores.Changed += heard.Add;
        store.Annotations.Withdraw(id, ScoreStore.Person("ada"));
        Assert.Equal([Set.SaeHash], heard);
        Assert.DoesNotContain(store.Of(Feature).Current, score => score.Judge == LabelJudge.People);
        store.Vote(store.Queue(Feature, dataset: new string('0', 64)), Feature, "ada", AnnotationVerdict.Accept, "low drums", Votes);
        var practice = store.Annotations.Add(
            new QueueContent("Practice", Set.SaeHash, Set.Index.Info.DatasetHash, [5], QueueMode.LabelFirst, "", 1, [], [new ReferenceItem(Feature, AnnotationVerdict.Accept, [])]), ScoreStore.Person("ada")).Id;
        store.Vote(practice, Feature, "ada", AnnotationVerdict.Accept, "low drums", Votes, kind: AnnotationKind.Practice);
        Assert.DoesNotContain(store.Of(Feature).Current.Concat(store.Of(Feature).Others), score => score.Judge == LabelJudge.People);
        Assert.Empty(store.Scores.Trust(Set, store.Labels.Current(Set.SaeHash)));
    }

    [Fact]
    public void Votes_are_about_the_label_that_is_named_else_about_the_one_that_was_shown()
    {
        var seen = store.Labels.Name(Key, "low drums", null, ScoreStore.Person("ada")).Id;
        var (blind, open) = (store.Queue(Feature, mode: QueueMode.BlindFirst), store.Queue(Feature, overlap: 5));
        // Nothing was shown, and none is named: it is not known what the votes are about.
        store.Vote(blind, Feature, "ada", AnnotationVerdict.Reject, null, Votes, seen: seen);
        Assert.DoesNotContain(store.Of(Feature).Current, score => score.Judge == LabelJudge.People);
        store.Vote(blind, Feature, "bob", AnnotationVerdict.Reject, null, Votes, shown: "low drums", seen: seen);
        Assert.Equal(1, store.Of(Feature).Current[0].People);
        // What earlier browsers sent says which revision was seen; where the label is shown first, its text is meant.
        store.Vote(open, Feature, "cleo", AnnotationVerdict.Unsure, null, Votes, seen: seen);
        Assert.Equal(2, store.Of(Feature).Current[0].People);
        store.Vote(open, Feature, "dan", AnnotationVerdict.Edit, "kick drum", Votes, shown: "low drums", seen: seen);
        var other = Assert.Single(store.Of(Feature).Others);
        Assert.Equal((2, "kick drum", ScoredText.Other), (store.Of(Feature).Current[0].People, other.Text, other.Of));
        var suggestion = Set.Suggestion(Feature)!.Words;
        store.Vote(open, Feature, "eve", AnnotationVerdict.Reject, null, Votes, shown: suggestion, seen: seen);
        Assert.Equal(ScoredText.Suggestion, store.Of(Feature).Others.Single(score => score.Text == suggestion).Of);
    }

    [Fact]
    public void Each_judge_is_wrong_about_the_clips_that_it_takes_for_the_other_kind()
    {
        store.Vote(store.Queue(Feature), Feature, "ada", AnnotationVerdict.Accept, "low drums", Votes);
        store.Labels.Name(Key, "low drums", null, ScoreStore.Person("ada"));
        var clips = store.Scores.ClipsOf(Set, Feature, store.LabelOf(Feature));
        // The positive that does not fit and the near miss that fits; being unsure is not wrong.
        Assert.Equal([Votes[4].Row, Votes[10].Row], clips.Where(clip => clip.Wrong.Contains(LabelJudge.People)).Select(clip => clip.Row));
        // Captions only rank: one is wrong where most of the other side are on the wrong side of it.
        foreach (var clip in clips)
        {
            var others = clips.Where(other => (other.Kind == DetectionKind.Positive) != (clip.Kind == DetectionKind.Positive)).Select(other => other.Caption!.Value.CompareTo(clip.Caption!.Value) * (clip.Kind == DetectionKind.Positive ? 1 : -1)).ToList();
            Assert.Equal(others.Count(sign => sign > 0) > others.Count(sign => sign < 0), clip.Wrong.Contains(LabelJudge.Captions));
        }
    }

    [Theory]
    [InlineData("taiko drums", "inst.taiko", true)]
    [InlineData("Silence", "silence", true)]
    [InlineData("loud drums, slap basses", "inst.slap_bass", true)]
    [InlineData("drums without taiko", "inst.taiko", false)]
    [InlineData("bass", "inst.slap_bass", false)]
    [InlineData("inst", "inst.taiko", false)]
    public void A_label_names_a_concept_by_its_words(string label, string concept, bool names) => Assert.Equal(names, ConceptNames.Names(label, concept));

    [Fact]
    public void The_auroc_of_the_concept_is_there_where_the_label_names_it()
    {
        var measures = Set.Index.Measures!;
        var feature = Enumerable.Range(0, Set.Index.Count).First(each => measures.BestConcept(each) is { Concept: "silence", Auroc: > 0.9f });
        store.Labels.Name(new FeatureKey(Set.SaeHash, feature), "silence after a note", null, ScoreStore.Person("ada"));
        var concept = Assert.Single(store.Of(feature).Current, score => score.Judge == LabelJudge.Concept);
        Assert.Equal(("silence", (double)measures.ConceptAuroc[feature], 0.5), (concept.Concept, concept.Value!.Value, concept.ValueFloor!.Value));
        store.Labels.Name(new FeatureKey(Set.SaeHash, feature), "end of a note", null, ScoreStore.Person("ada"));
        Assert.DoesNotContain(store.Of(feature).Current, score => score.Judge == LabelJudge.Concept);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_language_model_is_compared_with_people_on_the_clips_that_they_heard_where_its_answers_are_of_this_dataset(bool same)
    {
        // It says of these clips what people say, and of the others that all of them fit.
        double Of(int row) => Votes.FirstOrDefault(vote => vote.Row == row) is { Row: > 0 } vote ? vote.Vote switch { Fits => 1, Unsure => 0.5, _ => 0 } : 1;
        var judged = Set.Detection!.TestRows(Feature).Select(row => new ClipScore(row, Of(row))).ToArray();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["made"]);
        var dataset = same ? Set.Index.Info.DatasetHash : new string('0', 64);
        LabelSuggestions.Write(folder["made"], new LabelSuggestionsInfo { SaeHash = Set.SaeHash, DatasetHash = dataset, Count = 1 }, Set.Index.Count,
        [
            new LabelSuggestion
            {
                Feature = Feature, Text = "big drums", Method = SuggestionMethod.LanguageModel, Version = "label-1 listener", ContentHash = "0123456789abcdef", Confidence = 0.9, Detection = new DetectionScore(0.7, 0.6, 10, 10, 10), Judged = judged,
            },
        ]);
        var set = Set.With(new ReadSuggestions([LabelSuggestions.Open(folder["made"], Set.Index.Info, anyDataset: true)!], null, []));
        Assert.Equal("big drums", set.Suggestion(Feature)!.Words);
        store.Vote(store.Queue(Feature), Feature, "ada", AnnotationVerdict.Accept, "big drums", Votes);
        var models = store.Scores.Of(set, Feature, null).Current.Where(score => score.Judge == LabelJudge.LanguageModel).ToArray();
        Assert.Equal(same ? [true, false] : [false], models.Select(score => score.OnPeoplesClips));
        Assert.Equal((0.7, 0.6, 10), (models[^1].Detection!.Random!.Value, models[^1].Detection!.NearMiss!.Value, models[^1].Detection!.Randoms));
        var clips = store.Scores.ClipsOf(set, Feature, null);
        Assert.Equal(same, clips.Any(clip => clip.LanguageModel is not null));
        if (!same) return;
        Assert.Equal((21.5 / 25, 18.5 / 25, 5), (models[0].Detection!.Random!.Value, models[0].Detection!.NearMiss!.Value, models[0].Detection!.Randoms));
        // The negatives that it was asked about alone are wrong too.
        Assert.Equal(12, clips.Count(clip => clip.Wrong.Contains(LabelJudge.LanguageModel)));
    }

    private static int[] Rows(DetectionKind kind) => [.. Set.Detection!.Of(Feature, kind).Select(clip => clip.Row)];

    private static IEnumerable<(int, ClipJudgement)> Cast(DetectionKind kind, params ClipJudgement[] votes) => Rows(kind).Zip(votes);
}
