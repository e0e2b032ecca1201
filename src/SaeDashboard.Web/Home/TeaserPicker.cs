using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Presets;

namespace SaeDashboard.Web.Home;

/// <summary>
/// Finds the features that a newcomer should hear: kept by the filter, present with their sound, and plain: the captions of their strongest
/// clips agree. A feature that a preset steers comes first, since its effect is known.
/// </summary>
public sealed class TeaserPicker(FeatureCatalog features, PresetService presets)
{
    /// <summary>
    /// The features of one SAE, the one to begin with first. The newest SAE of which a preset is known goes before one that was only just
    /// trained, perhaps in a minute on a few clips. Different ones, as far as captions tell. Empty while nothing can be heard.
    /// </summary>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<Teaser> Pick(int most)
    {
        List<Teaser> newest = [];
        var all = presets.Public;
        foreach (var sae in features.Saes)
        {
            if (Open(sae.Id) is not { DatasetId: not null } set) continue;
            var labels = features.Labels(set);
            var turned = all.Where(preset => preset.SaeHash == set.SaeHash && preset.Steers is [{ Strength: > 0 }])
                .Where(preset => Hearable(set, preset.Steers[0].Feature))
                .Select(preset => new Teaser(sae.Id, sae.Name, set, set.Row(preset.Steers[0].Feature, labels.GetValueOrDefault(preset.Steers[0].Feature)), preset))
                .OrderByDescending(teaser => set.Hint(teaser.Row.Index)?.Score ?? 0).ToList();
            var plain = FeatureFilter.Apply(set, labels, FeatureQuery.Default).Where(feature => Hearable(set, feature)).Take(16 * most)
                .Select(feature => new Teaser(sae.Id, sae.Name, set, set.Row(feature, labels.GetValueOrDefault(feature)), null));
            var picked = turned.Concat(plain).DistinctBy(teaser => teaser.Row.Index).DistinctBy(teaser => set.Hint(teaser.Row.Index)?.Words ?? teaser.Name, StringComparer.OrdinalIgnoreCase).DistinctBy(teaser => teaser.Name, StringComparer.OrdinalIgnoreCase).Take(most).ToList();
            if (turned.Count > 0) return picked;
            if (newest.Count == 0) newest = picked;
        }
        return newest;
    }

    private static bool Hearable(FeatureSet set, int feature) =>
        (uint)feature < (uint)set.Index.Count && set.Index.Kept[feature] != 0 && !set.Index[feature].P99Thin && set.Index.TopClips(feature) is [var top, ..] && Listening.Sounds(set, top);

    private FeatureSet? Open(string saeId)
    {
        try
        {
            return features.Open(saeId);
        }
        catch (UserException)
        {
            // The Data page says what is wrong with it; the home page offers another.
            return null;
        }
    }
}

/// <summary>A feature that is worth hearing first.</summary>
/// <param name="SaeId">Its SAE in the catalog.</param>
/// <param name="SaeName">That SAE's name.</param>
/// <param name="Set">The SAE's features.</param>
/// <param name="Row">The feature.</param>
/// <param name="Preset">A preset that turns it, if there is one.</param>
public sealed record Teaser(string SaeId, string SaeName, FeatureSet Set, FeatureRow Row, PresetRow? Preset)
{
    /// <summary>What to call it: its label, else its preset's, else the suggested one.</summary>
    public string Name => Row.Label ?? Preset?.Name ?? Capitalised(Row.Suggestion?.Words) ?? $"Feature {Row.Index}";

    /// <summary>Whether the name is only suggested.</summary>
    public bool IsGuess => Row.Label is null && Preset is null;

    private static string? Capitalised(string? words) => words is { Length: > 0 } ? char.ToUpperInvariant(words[0]) + words[1..] : null;
}
