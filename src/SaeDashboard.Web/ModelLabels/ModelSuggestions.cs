using System.Text.Json;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.ModelLabels;

/// <summary>What batches labelled, as suggestions of the site: in the data folder, by the hash of the SAE, so that a new index does not lose them.</summary>
public sealed class ModelSuggestions(SuggestionFolders folders)
{
    private static readonly string Method = JsonNamingPolicy.CamelCase.ConvertName(nameof(SuggestionMethod.LanguageModel));

    /// <summary>Writes the labels of all batches of an SAE: of the same feature and version the newest batch's. Suggestions that are there and of none of them stay.</summary>
    /// <param name="index">The SAE's index.</param>
    /// <param name="batches">The batches, the oldest first.</param>
    /// <exception cref="Core.UserException">The file that is there cannot be read, or it cannot be written.</exception>
    internal void Write(FeatureIndexInfo index, IReadOnlyList<LabelBatchEntry> batches)
    {
        var folder = Directory.CreateDirectory(folders.OfModels(index.SaeHash)).FullName;
        var there = LabelSuggestions.Open(folder, index, anyDataset: true);
        var all = new Dictionary<(int Feature, SuggestionMethod Method, string Version), LabelSuggestion>();
        foreach (var suggestion in (there is null ? [] : there.Features.SelectMany(there.Of)).Concat(batches.SelectMany(batch => batch.Suggestions())))
        {
            if (suggestion.Feature < index.Features) all[(suggestion.Feature, suggestion.Method, suggestion.Version)] = suggestion;
        }
        var floor = batches.Select(batch => batch.View.Floor).LastOrDefault(each => each is not null);
        var info = (there?.Info ?? new LabelSuggestionsInfo { SaeHash = index.SaeHash, DatasetHash = index.DatasetHash, Count = 0 }) with
        {
            DatasetHash = batches.Count > 0 ? batches[^1].View.File.DatasetHash : index.DatasetHash,
        };
        if (floor is not null) info = info with { Floor = new Dictionary<string, DetectionScore> { [Method] = floor with { Random = Rounded(floor.Random), NearMiss = Rounded(floor.NearMiss) } } };
        LabelSuggestions.Write(folder, info, index.Features, all.Values);
        folders.Announce(index.SaeHash);
    }

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 4) : null;
}
