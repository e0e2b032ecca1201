using SaeDashboard.Core;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// Builds a feature index in one pass over held-out clips (statistics, filter, top clips) and one over further clips (top clips only).
/// Each clip is encoded once; what fires in it is counted, and copied where it is among a feature's strongest, while it is at hand.
/// </summary>
public static class FeatureIndexBuilder
{
    /// <summary>Builds the index.</summary>
    /// <param name="sae">The SAE as exported.</param>
    /// <param name="select">Held-out clips: statistics and the filter come from these alone, so never from clips that were trained on.</param>
    /// <param name="extraTopClips">Further clips that may be among a feature's strongest (`sae-train`); rows that `select` has too are passed over.</param>
    /// <param name="origin">Where the activations come from.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="progress">Told after every clip.</param>
    /// <param name="cancellation">Stops between clips.</param>
    /// <exception cref="UserException">No clips, clips of another width, a row twice in `select`, or activations that are not finite.</exception>
    public static BuiltFeatureIndex Build(
        SparseAutoencoder sae,
        IActivationSource select,
        IActivationSource? extraTopClips,
        FeatureIndexOrigin origin,
        FeatureIndexOptions? options = null,
        IProgress<ClipProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options ??= new FeatureIndexOptions();
        var features = sae.Config.DSae;
        var encoder = new SparseEncoder(sae);
        var statistics = new StatisticsAccumulator(features, options.FirstColumn, origin.FrameRate, options.ValueBudget);
        var topClips = new TopClipCollector(features, options.TopClips);
        var rows = new HashSet<int>();
        var statisticsSplits = new SortedSet<string>(StringComparer.Ordinal);

        foreach (var clip in ClipProgress.Count(select, "statistics", progress, cancellation))
        {
            if (!rows.Add(clip.Row))
                throw new UserException($"Clip {clip.Row} ({clip.Split}) comes twice: statistics would count it twice. Collect the activations again.");
            encoder.Encode(clip);
            statistics.Add(encoder.Latents, (int)clip.Columns.size(0));
            topClips.Offer(encoder.Latents, clip.Row, options.FirstColumn);
            statisticsSplits.Add(clip.Split);
        }

        if (statistics.ColumnsMeasured == 0)
            throw new UserException($"There is nothing to measure: no held-out clip has a column {options.FirstColumn} or later. Check the data set's split.");

        var topSplits = new SortedSet<string>(statisticsSplits, StringComparer.Ordinal);
        if (extraTopClips is not null)
        {
            foreach (var clip in ClipProgress.Count(extraTopClips, "top clips", progress, cancellation))
            {
                if (!rows.Add(clip.Row))
                    continue;
                encoder.Encode(clip);
                topClips.Offer(encoder.Latents, clip.Row, options.FirstColumn);
                topSplits.Add(clip.Split);
            }
        }

        var table = statistics.Finish(options.HistogramBins);
        using var directions = sae.Directions();
        var geometry = DecoderGeometry.Of(directions);
        var data = Join(table, topClips, geometry, features, options.TopClips);
        var info = new FeatureIndexInfo
        {
            SaeHash = sae.WeightsHash,
            ModelHash = origin.ModelHash,
            DatasetHash = origin.DatasetHash,
            Dataset = origin.Dataset,
            Hook = origin.Hook,
            Layer = origin.Layer,
            FrameRate = origin.FrameRate,
            Features = features,
            FirstColumn = options.FirstColumn,
            ColumnsMeasured = table.ColumnsMeasured,
            ClipsMeasured = table.ClipsMeasured,
            StatisticsSplit = string.Join(",", statisticsSplits),
            TopClipSplits = [.. topSplits],
            TopClips = options.TopClips,
            HistogramBins = options.HistogramBins,
            Neighbours = DecoderGeometry.NeighbourCount,
            KeptDefault = table.Kept.Count(kept => kept),
            KeptAnyFrame = table.KeptAny.Count(kept => kept),
            CreatedUtc = DateTimeOffset.UtcNow,
        };
        return new BuiltFeatureIndex(info, data, [.. new[] { geometry.Problem, NothingKept(info) }.OfType<string>()], table.Exact);
    }

    /// <summary>Why the filter keeps nothing, if it does: lists that show what is kept would be empty without a word.</summary>
    private static string? NothingKept(FeatureIndexInfo info)
    {
        if (info.KeptDefault > 0) return null;
        var range = FormattableString.Invariant($"{100 * FeatureFilter.LowestRate:0} % to {100 * FeatureFilter.HighestRate:0} %");
        if (info.ClipsMeasured == 0)
            return "The filter keeps no feature: it leaves out the first and last half second of a clip, and no clip is longer. Measure on longer clips.";
        return info.ClipsMeasured * FeatureFilter.HighestRate < 1
            ? FormattableString.Invariant($"The filter keeps no feature: it asks for one that fires in {range} of the clips, and there are {info.ClipsMeasured}. Measure on {Math.Ceiling(1 / FeatureFilter.HighestRate):0} clips or more.")
            : FormattableString.Invariant($"The filter keeps no feature: none of the {info.Features} fires in {range} of the {info.ClipsMeasured} clips. Measure on more or longer clips, or look at all features.");
    }

    private static FeatureIndexData Join(StatisticsTable table, TopClipCollector topClips, DecoderGeometry geometry, int features, int places)
    {
        var topClip = new int[features * places];
        var topValue = new float[features * places];
        var topColumn = new int[features * places];
        Array.Fill(topClip, -1);
        var strips = new StripEncoder();
        for (var feature = 0; feature < features; feature++)
        {
            var best = topClips.Of(feature);
            for (var rank = 0; rank < places; rank++)
            {
                if (rank >= best.Length)
                {
                    strips.AppendEmpty();
                    continue;
                }

                var clip = best[rank];
                var place = feature * places + rank;
                (topClip[place], topValue[place], topColumn[place]) = (clip.Row, clip.Value, clip.Column);
                strips.Append(clip.StripColumns, clip.StripValues, clip.Value);
            }
        }

        return new FeatureIndexData
        {
            ColumnDensity = table.ColumnDensity,
            ClipDensity = table.ClipDensity,
            ClipDensityAny = table.ClipDensityAny,
            P99 = table.Percentile99,
            P99Thin = Bytes(table.Thin),
            Maximum = table.Maximum,
            Mean = table.Mean,
            Variance = table.Variance,
            Skewness = table.Skewness,
            Kurtosis = table.Kurtosis,
            Positives = table.Positives,
            Kept = Bytes(table.Kept),
            KeptAny = Bytes(table.KeptAny),
            Hue = geometry.Hues,
            DecoderNorm = geometry.Norms,
            Histogram = table.Histogram,
            Neighbour = geometry.Neighbours,
            NeighbourCosine = geometry.Cosines,
            TopClip = topClip,
            TopValue = topValue,
            TopColumn = topColumn,
            StripStart = strips.Starts(),
            StripColumn = strips.Columns(),
            StripValue = strips.Values(),
        };
    }

    private static byte[] Bytes(bool[] flags) => [.. flags.Select(flag => flag ? (byte)1 : (byte)0)];
}
