using SaeDashboard.Core.Files;
using SaeDashboard.Core.Steering;

namespace SaeDashboard.Core.Features;

/// <summary>
/// The files of an index that are not made with it: the clips that names are tested on, suggested names, and strength ladders. A new index takes them over from the
/// one it replaces when all that they were made from is the same, to the bit; otherwise they would speak of other features. Ladders name the p99 and the dataset that they
/// were measured with: they are kept for the same weights and model, and pages call those stale that no longer fit.
/// </summary>
internal static class CarriedFiles
{
    /// <summary>Copies what is still true into the folder of the new index.</summary>
    /// <param name="older">The folder of the index that is replaced; it may be missing.</param>
    /// <param name="newer">The folder of the new index, complete but for these files.</param>
    /// <returns>What was kept and what was dropped, a line each; empty: the older index had neither.</returns>
    public static IReadOnlyList<string> Carry(string older, string newer)
    {
        var files = new[] { DetectionClips.FileName, LabelSuggestions.FileName, StrengthLadders.FileName }.Where(name => FileLook.At(Path.Combine(older, name)) is { Kind: FileKind.Regular }).ToList();
        if (files.Count == 0) return [];
        var said = new List<string>();
        var (clips, names, ladders) = Compare(older, newer);
        foreach (var name in files)
        {
            var reason = name == DetectionClips.FileName ? clips : name == StrengthLadders.FileName ? ladders : names;
            if (reason is null)
            {
                try
                {
                    using var file = RegularFile.OpenStream(Path.Combine(older, name));
                    AtomicFile.Write(Path.Combine(newer, name), file.CopyTo);
                    said.Add($"Kept {Of(name)}: {(name == StrengthLadders.FileName && clips is not null ? $"those that no longer fit are stale ({clips})" : "nothing that they depend on has changed")}.");
                    continue;
                }
                catch (UserException error)
                {
                    reason = error.Message.TrimEnd('.');
                }
            }
            said.Add($"Dropped {Of(name)} of the index before: {reason}. {Again(name)}");
        }
        return said;
    }

    /// <summary>Why clips, names and ladders of the older index are not true of the newer; null: they are.</summary>
    private static (string? Clips, string? Names, string? Ladders) Compare(string olderFolder, string newerFolder)
    {
        try
        {
            using var older = FeatureIndex.Open(olderFolder);
            using var newer = FeatureIndex.Open(newerFolder);
            var clips = Origin(older.Info, newer.Info) ?? (older.P99.SequenceEqual(newer.P99) ? null : "the features' p99 are others");
            var names = clips ?? (!older.Kept.SequenceEqual(newer.Kept) ? "the filter keeps other features"
                : !HaveSameClips(older, newer) ? "the features' top clips are others" : HaveSameSounds(older, newer) ? null : "the features' sounds were measured otherwise");
            return (clips, names, Origin(older.Info with { DatasetHash = newer.Info.DatasetHash, FirstColumn = newer.Info.FirstColumn }, newer.Info));
        }
        catch (UserException error)
        {
            var reason = error.Message.TrimEnd('.');
            return (reason, reason, reason);
        }
    }

    private static string? Origin(FeatureIndexInfo older, FeatureIndexInfo newer) => older.SaeHash != newer.SaeHash ? "it was of other weights" : older.DatasetHash != newer.DatasetHash ? "it was of another dataset"
        : older.ModelHash != newer.ModelHash ? "it was of another model" : older.Hook != newer.Hook || older.FirstColumn != newer.FirstColumn || older.Features != newer.Features ? "it was measured at another place" : null;

    private static bool HaveSameClips(FeatureIndex older, FeatureIndex newer)
    {
        if (older.Info.TopClips != newer.Info.TopClips || !older.ExampleGroups.SequenceEqual(newer.ExampleGroups)) return false;
        for (var feature = 0; feature < newer.Count; feature++)
        {
            if (!older.TopRows(feature).SequenceEqual(newer.TopRows(feature))) return false;
            for (var group = 0; group < newer.ExampleGroups.Count; group++)
                if (!older.Examples(feature, group).Select(clip => clip.Row).SequenceEqual(newer.Examples(feature, group).Select(clip => clip.Row))) return false;
        }
        return true;
    }

    private static bool HaveSameSounds(FeatureIndex older, FeatureIndex newer)
    {
        if (older.Measures is null || newer.Measures is null) return older.Measures is null && newer.Measures is null;
        if (!older.Measures.Info.Descriptors.SequenceEqual(newer.Measures.Info.Descriptors) || !older.ColumnDensity.SequenceEqual(newer.ColumnDensity)) return false;
        for (var feature = 0; feature < newer.Count; feature++)
            if (!older.Measures.Correlations(feature).SequenceEqual(newer.Measures.Correlations(feature))) return false;
        return true;
    }

    private static string Of(string name) => name switch
    {
        DetectionClips.FileName => "the clips that names are tested on",
        StrengthLadders.FileName => "the strength ladders",
        _ => "the suggested names",
    };

    private static string Again(string name) => name switch
    {
        DetectionClips.FileName => "The verb detection and the SAE page choose them again.",
        StrengthLadders.FileName => "The verb strength-ladder and the pages of features measure them again.",
        _ => "The site makes them again.",
    };
}
