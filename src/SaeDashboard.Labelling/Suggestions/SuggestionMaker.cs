using System.Globalization;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Labelling.Captions;
using SaeDashboard.Labelling.Descriptors;
using SaeDashboard.Labelling.Scores;

namespace SaeDashboard.Labelling.Suggestions;

/// <summary>What was made.</summary>
/// <param name="Info">What for.</param>
/// <param name="Suggestions">By feature.</param>
public sealed record MadeSuggestions(LabelSuggestionsInfo Info, IReadOnlyList<LabelSuggestion> Suggestions)
{
    /// <summary>Writes suggestions.jsonl into the folder of the index, whole or not at all.</summary>
    public void Save(FeatureIndex index) => LabelSuggestions.Write(index.Folder, Info, index.Count, Suggestions);
}

/// <summary>
/// Suggests labels for all features that the filter keeps, from captions and descriptors: without a network, in seconds, and the same each time.
/// </summary>
public static class SuggestionMaker
{
    // The captions that say how common a word is, and those that stand for the whole dataset when a label is tried.
    private const int MostBackground = 20_000, Others = 200;
    private const int HashDigits = 16, Step = 16;

    /// <summary>Makes the suggestions.</summary>
    /// <param name="index">The SAE's index.</param>
    /// <param name="clips">The clips that labels are made from and tested on; null: labels are made from the index's own clips, and not tested.</param>
    /// <param name="dataset">The index's dataset; null: it is not here, and descriptors alone are used, as with a dataset without captions.</param>
    /// <param name="progress">Features that are done of all of the index, called now and then on this thread.</param>
    /// <param name="cancellation">Checked between features.</param>
    /// <exception cref="UserException">The index is of another dataset, or damaged.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MadeSuggestions Make(FeatureIndex index, DetectionClips? clips, ClipDataset? dataset, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        if (dataset is not null && index.Info.DatasetHash != dataset.Hash) throw new UserException($"{index.Folder} was made from another dataset than {dataset.Folder}. Name that one, or make the index again.");
        var source = dataset is null ? CaptionSource.DatasetMissing : dataset.Clips.Any(clip => !string.IsNullOrWhiteSpace(clip.Caption)) ? CaptionSource.Captions : CaptionSource.NoCaptions;
        var captions = source == CaptionSource.Captions ? new CaptionLabeller(index, clips, dataset!, Background(dataset!, index, clips)) : null;

        var suggestions = new List<LabelSuggestion>();
        for (var feature = 0; feature < index.Count; feature++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (feature % Step == 0) progress?.Invoke(feature);
            if (index.Kept[feature] == 0) continue;
            if (captions?.Label(feature) is { } caption) suggestions.Add(caption);
            if (DescriptorContrast.Label(index, feature) is { } descriptor)
            {
                suggestions.Add(new LabelSuggestion
                {
                    Feature = feature, Text = descriptor.Text, Method = SuggestionMethod.DescriptorContrast, Version = DescriptorContrast.Version, Confidence = Round(descriptor.Confidence), Evidence = descriptor.Evidence,
                    ContentHash = HashOf(DescriptorContrast.Version, [.. index.Measures!.Info.Descriptors, .. index.Measures.Correlations(feature).ToArray().Append(index.ColumnDensity[feature]).Select(value => value.ToString("R", CultureInfo.InvariantCulture))]),
                });
            }
        }
        var floor = new Dictionary<string, DetectionScore>();
        if (captions?.Floor() is { } exchanged) floor[JsonNamingPolicy.CamelCase.ConvertName(nameof(SuggestionMethod.CaptionContrast))] = Round(exchanged)!;
        var info = new LabelSuggestionsInfo { SaeHash = index.Info.SaeHash, DatasetHash = index.Info.DatasetHash, Floor = floor, Captions = source, Clips = clips?.Info.Choice, Count = suggestions.Count };
        return new MadeSuggestions(info, suggestions);
    }

    /// <summary>Labels from the captions of one dataset, each with its score.</summary>
    private sealed class CaptionLabeller
    {
        private readonly FeatureIndex index;
        private readonly DetectionClips? clips;
        private readonly ClipDataset dataset;
        private readonly CaptionContrast contrast;
        private readonly DetectionScorer? scorer;
        private readonly int[] others;
        private readonly Dictionary<int, string> given = [];

        public CaptionLabeller(FeatureIndex index, DetectionClips? clips, ClipDataset dataset, int[] background)
        {
            (this.index, this.clips, this.dataset) = (index, clips, dataset);
            contrast = new CaptionContrast(new CaptionVocabulary(dataset.Clips, background));
            scorer = clips is null ? null : new DetectionScorer(clips, new CaptionClipJudge(dataset.Clips));
            others = [.. background.OrderBy(Draw).Take(Others).Order()];
        }

        public LabelSuggestion? Label(int feature)
        {
            var (firing, nearMisses) = Rows(index, clips, feature, dataset.Clips.Count);
            if (contrast.Label(firing, nearMisses, others) is not { } found) return null;
            var score = scorer?.Score(feature, found.Text);
            given[feature] = found.Text;
            return new LabelSuggestion
            {
                Feature = feature, Text = found.Text, Method = SuggestionMethod.CaptionContrast, Version = CaptionContrast.Version, Confidence = Round(found.Confidence), Evidence = found.Evidence,
                ContentHash = HashOf(CaptionContrast.Version, firing.Concat(nearMisses).Concat(others).Select(row => dataset.Clips[row].Caption)), Detection = Round(score),
            };
        }

        public DetectionScore? Floor() => given.Count > 1 ? scorer?.Floor(given) : null;
    }

    /// <summary>The clips that a feature's label may be made from: never one that it is tested on.</summary>
    internal static (IReadOnlyList<int> Firing, IReadOnlyList<int> NearMisses) Rows(FeatureIndex index, DetectionClips? clips, int feature, int most)
    {
        var (firing, nearMisses) = (new SortedSet<int>(), new SortedSet<int>());
        foreach (var top in index.TopClips(feature)) firing.Add(top.Row);
        for (var group = 0; group < index.ExampleGroups.Count; group++)
        {
            foreach (var example in index.Examples(feature, group))
            {
                if (index.ExampleGroups[group].Kind == ExampleKind.Interval) firing.Add(example.Row);
                else if (index.ExampleGroups[group].Kind == ExampleKind.NearMiss) nearMisses.Add(example.Row);
            }
        }
        if (clips is not null)
        {
            firing.UnionWith(clips.LabelFiring(feature));
            nearMisses.UnionWith(clips.LabelNearMisses(feature));
            var tested = clips.TestRows(feature);
            firing.ExceptWith(tested);
            nearMisses.ExceptWith(tested);
        }
        nearMisses.ExceptWith(firing);
        return ([.. firing.Where(row => row < most)], [.. nearMisses.Where(row => row < most)]);
    }

    /// <summary>Rows for how common words are: of the splits that the index looks at, none that a label is tested on.</summary>
    private static int[] Background(ClipDataset dataset, FeatureIndex index, DetectionClips? clips)
    {
        var splits = index.Info.TopClipSplits.ToHashSet(StringComparer.Ordinal);
        var tested = new HashSet<int>();
        for (var feature = 0; clips is not null && feature < clips.Count; feature++) tested.UnionWith(clips.TestRows(feature));
        var rows = dataset.Clips.Where(clip => splits.Contains(clip.Split) && !tested.Contains(clip.Row)).Select(clip => clip.Row).ToList();
        return [.. rows.OrderBy(Draw).Take(MostBackground).Order()];
    }

    private static ulong Draw(int row)
    {
        var value = (ulong)(uint)row + 0x9E3779B97F4A7C15UL;
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9UL;
        return value ^ value >> 31;
    }

    private static string HashOf(string version, IEnumerable<string> parts) => Hashing.Sha256(Encoding.UTF8.GetBytes(version + "\n" + string.Join('\n', parts)))[..HashDigits];

    // Four digits are more than 10 clips can say, and the file is the same on every machine.
    private static double Round(double value) => Math.Round(value, 4);

    private static DetectionScore? Round(DetectionScore? score) => score is null ? null : score with { Random = Round(score.Random), NearMiss = Round(score.NearMiss) };

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 4) : null;
}
