using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Steering;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Features;

/// <summary>An SAE's features, opened: its index, the dataset its clips come from, what their captions share, and the labels that programs suggest. Made once, kept; safe for several readers.</summary>
public sealed class FeatureSet
{
    private readonly CaptionHint?[] hints;
    private readonly FeatureSuggestions suggestions;
    private readonly IReadOnlyList<string> detectionProblems;
    private readonly double[] agreement;
    private readonly float[] largest;
    private readonly Dictionary<int, SteeredFeature> steered = [];
    private readonly ReadLadders ladders;
    private LabelOrder? labelOrder;
    private FeatureTexts texts;

    /// <param name="index">The index; it stays open as long as this.</param>
    /// <param name="clips">The dataset it was measured on; null where that is missing: then there is nothing to hear and no caption.</param>
    /// <param name="datasetId">The dataset's id in the catalog.</param>
    public FeatureSet(FeatureIndex index, ClipDataset? clips, string? datasetId)
    {
        Index = index;
        Clips = clips;
        DatasetId = clips is null ? null : datasetId;
        hints = new CaptionHint?[index.Count];
        agreement = new double[index.Count];
        largest = new float[index.Count];
        for (var feature = 0; feature < index.Count; feature++)
            largest[feature] = Math.Max(index.Maximum[feature], index.TopClips(feature) is [var top, ..] ? top.Value : 0);
        if (clips is not null) Read(clips);
        detectionProblems = [];
        try
        {
            Detection = DetectionClips.Open(index.Folder, index.Info);
        }
        catch (UserException error)
        {
            detectionProblems = [error.Message];
        }
        try
        {
            Steering = SteeringTableFile.Find(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(index.Folder)))!, index.Info.SaeHash);
            steered = Steering?.Features.ToDictionary(one => one.Feature) ?? [];
        }
        catch (UserException error)
        {
            detectionProblems = [.. detectionProblems, error.Message];
        }
        var read = SuggestionFolders.ReadOwn(index);
        suggestions = new FeatureSuggestions(read.Sources, hints);
        SuggestionsInfo = read.Programs;
        ladders = LadderFolders.ReadOwn(index);
        texts = FeatureTexts.Of(Shown(), clips is null ? [] : [.. clips.Clips.Select(clip => clip.Caption)]);
        FileProblems = [.. read.Problems, .. ladders.Problems, .. detectionProblems];
    }

    // The same features with other suggestions and ladders.
    private FeatureSet(FeatureSet from, ReadSuggestions? read, ReadLadders ladders)
    {
        this.ladders = ladders;
        (Index, Clips, DatasetId, Detection, Steering, steered) = (from.Index, from.Clips, from.DatasetId, from.Detection, from.Steering, from.steered);
        (hints, agreement, largest, labelOrder, detectionProblems) = (from.hints, from.agreement, from.largest, from.labelOrder, from.detectionProblems);
        read ??= SuggestionFolders.ReadOwn(Index);
        suggestions = new FeatureSuggestions(read.Sources, hints);
        SuggestionsInfo = read.Programs;
        texts = from.texts.Showing(Shown());
        FileProblems = [.. read.Problems, .. ladders.Problems, .. detectionProblems];
    }

    /// <summary>The same features, which share all else, with these suggestions and ladders; null: those in the index's own folder.</summary>
    internal FeatureSet With(ReadSuggestions? read, ReadLadders? found = null) => new(this, read, found ?? ladders);

    public FeatureIndex Index { get; }

    public ClipDataset? Clips { get; }

    /// <summary>The dataset's id in the catalog; null where it is missing.</summary>
    public string? DatasetId { get; }

    /// <summary>The order of these labels, kept for the next query and for the next labels.</summary>
    internal LabelOrder OrderOf(IReadOnlyDictionary<int, CurrentLabel> labels)
    {
        var last = labelOrder;
        if (last is not null && ReferenceEquals(last.Labels, labels)) return last;
        return labelOrder = new LabelOrder(labels, Index.Count, last);
    }

    /// <summary>The words of these labels and of the captions, kept in the same way.</summary>
    internal FeatureTexts TextsOf(IReadOnlyDictionary<int, CurrentLabel> labels)
    {
        var last = texts;
        return ReferenceEquals(last.Labels, labels) ? last : texts = last.With(labels);
    }

    /// <summary>A search for clips by the words of their captions; null: nothing was typed.</summary>
    public CaptionSearch? SearchCaptions(string typed) => texts.SearchCaptions(typed);

    /// <summary>SHA-256 of the SAE's weights: what labels are kept under.</summary>
    public string SaeHash => Index.Info.SaeHash;

    /// <summary>What the captions of a feature's strongest clips share; null: nothing, or the dataset is missing.</summary>
    public CaptionHint? Hint(int feature) => hints[feature];

    /// <summary>The suggested label that a feature is called by while it has none; null: there is none.</summary>
    public FeatureSuggestion? Suggestion(int feature) => suggestions.First(feature);

    /// <summary>All suggested labels of a feature, the one that it is called by first.</summary>
    public IReadOnlyList<FeatureSuggestion> Suggestions(int feature) => suggestions.Of(feature);

    /// <summary>The mean detection score of labels that were exchanged between features, by the judge of a method; null: not known.</summary>
    public DetectionScore? SuggestionFloor(SuggestionMethod method) => suggestions.Floor(method);

    /// <summary>What the suggestions of programs were made from; null: none were made, beyond what the captions of top clips share.</summary>
    public LabelSuggestionsInfo? SuggestionsInfo { get; }

    /// <summary>The clips that labels are made from and tested on; null: the index has none, or they cannot be read.</summary>
    public DetectionClips? Detection { get; }

    /// <summary>Which features steer; null: it was not evaluated, or the table is of other weights or cannot be read.</summary>
    public SteeringTable? Steering { get; }

    /// <summary>What the steering table says of a feature; null: it was not steered.</summary>
    public SteeredFeature? Steered(int feature) => steered.GetValueOrDefault(feature);

    /// <summary>The strength ladder of a feature; null: none was measured, or its file cannot be read.</summary>
    public LadderView? Ladder(int feature) => ladders.Of(feature, Index.P99[feature]);

    /// <summary>What is wrong with files of ladders.</summary>
    public IReadOnlyList<string> LadderProblems => ladders.Problems;

    /// <summary>What is wrong with the files that labels come from and are tested with: the rest works without them. Empty while all is well.</summary>
    public IReadOnlyList<string> FileProblems { get; }

    /// <summary>
    /// How well those captions agree: the hint's score, halved for the second feature of the same words, a third for the third, so that a list
    /// by it begins with what is plain and different. Among features of the same words the loudest (by p99) comes first.
    /// </summary>
    public double Agreement(int feature) => agreement[feature];

    /// <summary>The largest activation known: of the measured split, or of a top clip, which may be of another split.</summary>
    public float Largest(int feature) => largest[feature];

    /// <summary>Why strips cannot be read: the index's file was cut or changed since it was opened. Null while all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>The feature's activation along its top clip of this rank; empty, with a <see cref="Problem"/>, when it cannot be read.</summary>
    public ActivationStrip Strip(int feature, int rank)
    {
        try
        {
            return Index.Strip(feature, rank);
        }
        catch (UserException error)
        {
            Problem = error.Message;
            return ActivationStrip.Empty;
        }
    }

    /// <summary>A clip of a feature by its number: top clips by their rank, example clips from <see cref="FeatureIndexInfo.TopClips"/> on. Null: there is none.</summary>
    public TopClip? ClipOf(int feature, int number)
    {
        var places = Index.Info.TopClips;
        if (number < 0) return null;
        if (number < places) return Index.TopClips(feature) is var top && number < top.Count ? top[number] : null;
        return Index.Example(feature, number - places) is { } example ? new TopClip(example.Row, example.Value, example.Column) : null;
    }

    /// <summary>When a column sounds, in seconds: column c is frame c − 1 (column 0 is the start token).</summary>
    public double Seconds(int column) => Math.Max(0, column - 1) / Index.Info.FrameRate;

    /// <summary>The clip of a row; null where the dataset is missing.</summary>
    public Clip? Clip(int row) => Clips is { } set && (uint)row < (uint)set.Clips.Count ? set.Clips[row] : null;

    /// <summary>A feature as lists show it.</summary>
    public FeatureRow Row(int feature, CurrentLabel? label) => new(
        feature, label?.Text, label?.Stars, label?.Ratings ?? 0, suggestions.First(feature), Index[feature], Index.TopClips(feature) is [var top, ..] ? top : null, label?.RevisionId)
    {
        Ladder = Ladder(feature),
    };

    // What a row shows and suggests, for the search. A concept is found by its parts too: "inst.church_organ" by "organ".
    private string?[] Shown()
    {
        var shown = new string?[Index.Count];
        for (var feature = 0; feature < shown.Length; feature++)
        {
            var concept = FeatureFilter.ConceptOf(Index.Measures, feature);
            shown[feature] = string.Join(' ', suggestions.Of(feature).Select(each => each.Words).Append(concept).Append(concept?.Replace('.', ' ').Replace('_', ' '))
                .Append(Index.TopRows(feature) is [>= 0 and var top, ..] ? Clip(top)?.Caption : null).Where(text => text is not null));
        }
        return shown;
    }

    private void Read(ClipDataset clips)
    {
        var words = new CaptionWords(clips.Clips);
        for (var feature = 0; feature < Index.Count; feature++) hints[feature] = words.Shared([.. Index.TopClips(feature).Select(clip => clip.Row)]);
        foreach (var alike in Enumerable.Range(0, Index.Count).Where(feature => hints[feature] is not null).GroupBy(feature => hints[feature]!.Words))
        {
            var rank = 0;
            foreach (var feature in alike.OrderByDescending(feature => Index[feature].Kept).ThenByDescending(feature => hints[feature]!.Score * Index[feature].P99))
                agreement[feature] = hints[feature]!.Score / ++rank;
        }
    }
}
