using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Scores;

/// <summary>Who says what a label is worth.</summary>
public enum LabelJudge
{
    /// <summary>People who heard clips.</summary>
    People,

    /// <summary>A program that reads the captions of the clips.</summary>
    Captions,

    /// <summary>A language model that heard the clips.</summary>
    LanguageModel,

    /// <summary>CLAP: how near the label's text is to the sound.</summary>
    Clap,

    /// <summary>The annotated concept that the label names: how well the feature ranks it.</summary>
    Concept,
}

/// <summary>Which text of a feature a score is of.</summary>
public enum ScoredText
{
    /// <summary>What the feature is called now: its label, or while it has none the suggested one.</summary>
    Current,

    /// <summary>A label that it had before: the score says nothing of the one it has.</summary>
    EarlierLabel,

    /// <summary>Another suggested label.</summary>
    Suggestion,

    /// <summary>A label that one person gave, and that never became the feature's.</summary>
    Other,
}

/// <summary>What one judge says of one text of a feature. It belongs to exactly this text.</summary>
/// <param name="Judge">Who.</param>
/// <param name="Text">The text.</param>
/// <param name="Of">Which text of the feature that is.</param>
/// <param name="By">The judge's version: a program's, a model's; null: people.</param>
public sealed record LabelScore(LabelJudge Judge, string Text, ScoredText Of, string? By)
{
    /// <summary>Whether it is on the clips that people voted on alone, so that it compares with theirs.</summary>
    public bool OnPeoplesClips { get; init; }

    /// <summary>The label's newest revision of this text; null: no revision has it.</summary>
    public long? Revision { get; init; }

    /// <summary>When it was made; null: it is computed when it is asked for, from files that are here.</summary>
    public DateTimeOffset? AtUtc { get; init; }

    /// <summary>How many people voted; 0: none did, the judge is a program.</summary>
    public int People { get; init; }

    /// <summary>AUROC with random clips and with near misses, and how many clips of each kind were judged; null: of CLAP and concepts.</summary>
    public DetectionScore? Detection { get; init; }

    /// <summary>The mean of the same for labels that were exchanged between features; null: not known.</summary>
    public DetectionScore? Floor { get; init; }

    /// <summary>Of CLAP: the cosine, −1 to 1. Of a concept: the AUROC.</summary>
    public double? Value { get; init; }

    /// <summary>Of CLAP: the cosine of the same text with other features' sound; of a concept: ½, which is chance.</summary>
    public double? ValueFloor { get; init; }

    /// <summary>The concept.</summary>
    public string? Concept { get; init; }
}

/// <summary>A clip that labels of a feature are tested on, with what the judges say of the label that the feature has now.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Kind">What it is for the feature.</param>
/// <param name="Activation">The feature's largest activation in it; 0: it does not fire.</param>
/// <param name="Column">Where to listen: the column of that activation, or of the moment in which it came nearest to firing.</param>
/// <param name="Votes">People's votes; null: no one voted on it.</param>
/// <param name="Caption">The captions judge's score; null: it cannot judge this label.</param>
/// <param name="LanguageModel">The language model's score, 0 to 1; null: not kept.</param>
/// <param name="Wrong">The judges that are wrong about it.</param>
public sealed record ScoredClip(int Row, DetectionKind Kind, float Activation, int Column, VotedClip? Votes, double? Caption, double? LanguageModel, IReadOnlyList<LabelJudge> Wrong);

/// <summary>Everything that is known of how far to trust a feature's label. Immutable.</summary>
/// <param name="Text">What the feature is called; null: nothing.</param>
/// <param name="IsSuggestion">Whether that is a suggestion.</param>
/// <param name="Current">The scores of that text, people's first.</param>
/// <param name="Others">Scores of other texts: of earlier labels, and of suggestions.</param>
public sealed record FeatureScores(string? Text, bool IsSuggestion, IReadOnlyList<LabelScore> Current, IReadOnlyList<LabelScore> Others);

/// <summary>How far people trust what a feature is called, for lists. Immutable.</summary>
/// <param name="People">How many voted.</param>
/// <param name="Detection">Their detection score.</param>
/// <param name="Disagreement">By how much another judge's mean AUROC on the same clips differs from theirs, 0 to 1: the largest; null: there is no such pair.</param>
public sealed record LabelTrust(int People, DetectionScore Detection, double? Disagreement)
{
    /// <summary>Mean of people's AUROCs; null: they voted on too few clips.</summary>
    public double? Mean => MeanOf(Detection);

    /// <summary>Mean of both AUROCs; one that is missing counts as chance; null: both are.</summary>
    public static double? MeanOf(DetectionScore? score) => score is null or { Random: null, NearMiss: null } ? null : score.Mean();
}
