using System.Runtime.CompilerServices;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Labels;
using SaeDashboard.Labelling.Captions;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Scores;

/// <summary>
/// What people and programs say of labels (decision 0047). A score is of a text: while the feature is called by it, the score is current; after an edit it is of an earlier label, and current again
/// when that text comes back. People's scores are made from their votes, those of captions when they are asked for, from what is in memory; a language model's are in suggestions.jsonl, CLAP's in a
/// file of their own.
/// </summary>
public sealed class LabelScores
{
    /// <summary>The captions judge: what it says of the same clips changes only with the version.</summary>
    public const string CaptionsVersion = "captions 1";

    private readonly ConditionalWeakTable<FeatureSet, SetScores> sets = [];
    private readonly PeopleVotes votes;
    private readonly ClapScoreFiles clap;

    public LabelScores(PeopleVotes votes, ClapScoreFiles clap)
    {
        (this.votes, this.clap) = (votes, clap);
        votes.Changed += hash => Changed?.Invoke(hash);
        clap.Changed += hash => Changed?.Invoke(hash);
    }

    /// <summary>Scores of an SAE's labels changed, other than by a change of labels: its hash.</summary>
    public event Action<string>? Changed;

    /// <summary>The scores of a feature's label, or of its suggested one while it has none, and of what it was called before.</summary>
    /// <param name="set">The SAE's features.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="label">Its label; null: it has none.</param>
    /// <param name="history">Its label's revisions, the newest first; null: not known, then none is named.</param>
    public FeatureScores Of(FeatureSet set, int feature, CurrentLabel? label, IReadOnlyList<LabelRevision>? history = null)
    {
        var text = label?.Text ?? set.Suggestion(feature)?.Words;
        var voted = votes.Of(set.SaeHash, set.Index.Info.DatasetHash).GetValueOrDefault(feature) ?? [];
        var heard = clap.Of(set.SaeHash);
        var scores = sets.GetValue(set, made => new SetScores(made));
        List<LabelScore> current = [], others = [];
        if (text is not null)
        {
            var mine = voted.FirstOrDefault(each => each.Text == text);
            if (mine is not null) current.Add(scores.People(feature, mine, ScoredText.Current));
            if (mine is not null && scores.Captions(feature, text, mine) is { } same) current.Add(same);
            if (scores.Captions(feature, text, null) is { } captions) current.Add(captions);
            current.AddRange(scores.LanguageModels(feature, text, mine));
            if (heard is var (file, at) && file.Of(feature).FirstOrDefault(each => each.Text == text) is { } cosine) current.Add(Clap(file, at, cosine, ScoredText.Current));
            if (scores.Concept(feature, text) is { } concept) current.Add(concept);
        }
        foreach (var each in voted.Where(each => each.Text != text)) others.Add(scores.People(feature, each, TextOf(each.Text)));
        if (heard is var (earlier, when))
            foreach (var each in earlier.Of(feature).Where(each => each.Text != text)) others.Add(Clap(earlier, when, each, TextOf(each.Text)));
        return new FeatureScores(text, label is null, [.. current.Select(Named)], [.. others.Select(Named)]);

        ScoredText TextOf(string other) => history?.Any(revision => revision.Text == other) == true ? ScoredText.EarlierLabel
            : set.Suggestions(feature).Any(suggestion => suggestion.Words == other) ? ScoredText.Suggestion : ScoredText.Other;

        LabelScore Named(LabelScore score) => score with { Revision = history?.FirstOrDefault(revision => revision.Text == score.Text)?.Id };
    }

    /// <summary>The clips that a feature's label is tested on, with what each judge says of the label that it has now.</summary>
    public IReadOnlyList<ScoredClip> ClipsOf(FeatureSet set, int feature, CurrentLabel? label)
    {
        if ((label?.Text ?? set.Suggestion(feature)?.Words) is not { } text) return [];
        var mine = votes.Of(set.SaeHash, set.Index.Info.DatasetHash).GetValueOrDefault(feature)?.FirstOrDefault(each => each.Text == text);
        return sets.GetValue(set, made => new SetScores(made)).Clips(feature, text, mine);
    }

    /// <summary>How far people trust what each feature is called, for lists; features that no one voted on are left out. From memory.</summary>
    public IReadOnlyDictionary<int, LabelTrust> Trust(FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels) =>
        sets.GetValue(set, made => new SetScores(made)).Trust(labels, votes.Of(set.SaeHash, set.Index.Info.DatasetHash));

    private static LabelScore Clap(ClapScores file, DateTimeOffset at, ClapScore score, ScoredText of) =>
        new(LabelJudge.Clap, score.Text, of, $"{file.Model} {file.ModelHash[..12]}") { AtUtc = at, Value = score.Cosine, ValueFloor = score.Floor };
}

/// <summary>The scores of one SAE's labels. Thread-safe.</summary>
internal sealed class SetScores(FeatureSet set)
{
    private readonly CaptionClipJudge? captions = set.Clips is { } dataset ? new CaptionClipJudge(dataset.Clips) : null;
    private readonly Lock gate = new();
    private readonly Dictionary<int, (LabelVotes Votes, LabelTrust Trust)> known = [];
    private (IReadOnlyDictionary<int, CurrentLabel> Labels, IReadOnlyDictionary<int, IReadOnlyList<LabelVotes>> Votes, IReadOnlyDictionary<int, LabelTrust> Trust)? last;

    public LabelScore People(int feature, LabelVotes votes, ScoredText of) =>
        new(LabelJudge.People, votes.Text, of, null) { AtUtc = votes.LastUtc, People = votes.People, Detection = PeopleOn(feature, votes), OnPeoplesClips = true };

    /// <summary>The captions judge's score; null: it cannot judge the label, or there is nothing to judge.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="text">The label.</param>
    /// <param name="on">On the clips of these votes alone; null: on all.</param>
    public LabelScore? Captions(int feature, string text, LabelVotes? on)
    {
        var clips = on is null ? TestedClips.Of(set, feature) : TestedClips.Find(set, feature, on.Clips.Select(clip => clip.Row));
        if (clips.Count == 0 || captions?.Judge(text, clips) is not { } judged) return null;
        var byRow = clips.Zip(judged).DistinctBy(pair => pair.First.Row).ToDictionary(pair => pair.First.Row, pair => pair.Second);
        return new LabelScore(LabelJudge.Captions, text, ScoredText.Current, LabelScores.CaptionsVersion)
        {
            OnPeoplesClips = on is not null, Detection = TestedClips.Score(clips, clip => byRow[clip.Row]), Floor = set.SuggestionFloor(SuggestionMethod.CaptionContrast),
        };
    }

    /// <summary>What language models that heard the clips say of the label: of suggestions of this text.</summary>
    public IEnumerable<LabelScore> LanguageModels(int feature, string text, LabelVotes? votes)
    {
        foreach (var suggestion in set.Suggestions(feature))
        {
            if (suggestion.Kind != SuggestionKind.LanguageModel || suggestion.Words != text || suggestion.Detection is not { } detection) continue;
            if (votes is not null && suggestion.Judged is { } judged)
            {
                var same = TestedClips.Find(set, feature, votes.Clips.Select(clip => clip.Row));
                yield return new LabelScore(LabelJudge.LanguageModel, text, ScoredText.Current, suggestion.Version) { OnPeoplesClips = true, Detection = TestedClips.Score(same, clip => ScoreOf(judged, clip.Row)), Floor = suggestion.Floor };
            }
            yield return new LabelScore(LabelJudge.LanguageModel, text, ScoredText.Current, suggestion.Version) { Detection = detection, Floor = suggestion.Floor };
        }
    }

    /// <summary>The AUROC of the feature's best concept, where the label names it; null otherwise.</summary>
    public LabelScore? Concept(int feature, string text) =>
        set.Index.Measures?.BestConcept(feature) is { } best && float.IsFinite(best.Auroc) && ConceptNames.Names(text, best.Concept)
            ? new LabelScore(LabelJudge.Concept, text, ScoredText.Current, $"by {best.Level.ToString().ToLowerInvariant()}") { Value = best.Auroc, ValueFloor = 0.5, Concept = best.Concept }
            : null;

    public IReadOnlyList<ScoredClip> Clips(int feature, string text, LabelVotes? votes)
    {
        var tested = TestedClips.Of(set, feature);
        var rows = tested.Select(clip => clip.Row).ToHashSet();
        DetectionClip[] clips = [.. tested, .. TestedClips.Find(set, feature, votes?.Clips.Select(clip => clip.Row).Where(row => !rows.Contains(row)) ?? [])];
        var voted = votes?.Clips.ToDictionary(clip => clip.Row) ?? [];
        var judged = captions?.Judge(text, clips);
        var byRow = judged is null ? [] : clips.Zip(judged).DistinctBy(pair => pair.First.Row).ToDictionary(pair => pair.First.Row, pair => pair.Second);
        var model = set.Suggestions(feature).FirstOrDefault(each => each.Kind == SuggestionKind.LanguageModel && each.Words == text)?.Judged;

        double? PeopleSay(DetectionClip clip) => voted.TryGetValue(clip.Row, out var vote) ? vote.Mean : null;
        double? CaptionsSay(DetectionClip clip) => byRow.TryGetValue(clip.Row, out var score) ? score : null;
        double? ModelSays(DetectionClip clip) => model is null ? null : ScoreOf(model, clip.Row);
        (LabelJudge Judge, HashSet<int> Rows)[] wrong =
        [
            (LabelJudge.People, TestedClips.Wrong(clips, PeopleSay, 0.5)), (LabelJudge.Captions, TestedClips.Wrong(clips, CaptionsSay, null)), (LabelJudge.LanguageModel, TestedClips.Wrong(clips, ModelSays, 0.5)),
        ];
        return [.. clips.Select(clip => new ScoredClip(clip.Row, clip.Kind, clip.Value, clip.Column, voted.TryGetValue(clip.Row, out var vote) ? vote : null, CaptionsSay(clip), ModelSays(clip),
            [.. wrong.Where(each => each.Rows.Contains(clip.Row)).Select(each => each.Judge)]))];
    }

    /// <summary>What lists show of each feature that people voted on, by what it is called now. What has not changed is not computed again.</summary>
    public IReadOnlyDictionary<int, LabelTrust> Trust(IReadOnlyDictionary<int, CurrentLabel> labels, IReadOnlyDictionary<int, IReadOnlyList<LabelVotes>> votes)
    {
        lock (gate)
        {
            if (last is { } made && ReferenceEquals(made.Labels, labels) && ReferenceEquals(made.Votes, votes)) return made.Trust;
            var trust = new Dictionary<int, LabelTrust>();
            foreach (var (feature, byText) in votes)
            {
                // What a file brought may name a feature that this dictionary lacks.
                if ((uint)feature >= (uint)set.Index.Count) continue;
                var text = labels.GetValueOrDefault(feature)?.Text ?? set.Suggestion(feature)?.Words;
                if (byText.FirstOrDefault(each => each.Text == text) is not { } mine) continue;
                if (!known.TryGetValue(feature, out var was) || !ReferenceEquals(was.Votes, mine)) known[feature] = was = (mine, TrustOf(feature, mine));
                trust[feature] = was.Trust;
            }
            last = (labels, votes, trust);
            return trust;
        }
    }

    private LabelTrust TrustOf(int feature, LabelVotes votes)
    {
        var people = PeopleOn(feature, votes);
        var mean = LabelTrust.MeanOf(people);
        IEnumerable<LabelScore> machines = [.. Captions(feature, votes.Text, votes) is { } read ? [read] : Array.Empty<LabelScore>(), .. LanguageModels(feature, votes.Text, votes).Where(score => score.OnPeoplesClips)];
        var apart = machines.Select(score => LabelTrust.MeanOf(score.Detection) - mean).OfType<double>().Select(Math.Abs).ToArray();
        return new LabelTrust(votes.People, people, apart.Length > 0 ? apart.Max() : null);
    }

    private DetectionScore PeopleOn(int feature, LabelVotes votes)
    {
        var mean = votes.Clips.ToDictionary(clip => clip.Row, clip => clip.Mean);
        return TestedClips.Score(TestedClips.Find(set, feature, mean.Keys), clip => mean[clip.Row]);
    }

    private static double? ScoreOf(IReadOnlyList<ClipScore> judged, int row)
    {
        foreach (var clip in judged)
            if (clip.Row == row) return clip.Score;
        return null;
    }
}
