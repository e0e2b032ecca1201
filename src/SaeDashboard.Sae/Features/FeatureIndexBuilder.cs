using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Atlas;
using SaeDashboard.Sae.Evaluation.Directions;
using SaeDashboard.Sae.Features.Measures;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// Builds a feature index in one pass over held-out clips (statistics, filter, measures, top clips) and one over further clips (top clips, and
/// what concepts are chosen on). Each clip is encoded once; its activations are counted, and copied if the clip is among a feature's strongest.
/// </summary>
public static class FeatureIndexBuilder
{
    /// <summary>The stage of <see cref="ClipProgress"/> after the last clip, counted in features.</summary>
    public const string MeasuresStage = "measures";

    /// <summary>Builds the index.</summary>
    /// <param name="sae">The SAE as exported.</param>
    /// <param name="select">Held-out clips: statistics and the filter come only from these, never from clips that were trained on.</param>
    /// <param name="extraTopClips">Further clips that may be among a feature's strongest (`sae-train`); rows that are also in `select` are
    /// skipped.</param>
    /// <param name="origin">The origin of the activations.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="progress">Called after every clip.</param>
    /// <param name="cancellation">Checked between clips.</param>
    /// <exception cref="UserException">No clips, clips of another width, a row that occurs twice in `select`, or activations that are not
    /// finite.</exception>
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
        var encoder = new ClipEncoder(sae, options.FirstColumn);
        var statistics = new StatisticsAccumulator(features, options.FirstColumn, origin.FrameRate, options.ValueBudget);
        var topClips = new TopClipCollector(features, options.TopClips);
        var archive = new ClipArchive(options.ExampleBudget);
        var nearMisses = new NearMissCollector(features);
        var measurement = new FeatureMeasurement(features, options.FirstColumn, origin.FrameRate, options.Measures);
        var rows = new HashSet<int>();
        var statisticsSplits = new SortedSet<string>(StringComparer.Ordinal);

        foreach (var clip in ClipProgress.Count(select, "statistics", progress, cancellation))
        {
            if (!rows.Add(clip.Row))
                throw new UserException($"Clip {clip.Row} ({clip.Split}) occurs twice, and statistics would count it twice. Collect the activations again.");
            encoder.Encode(clip);
            statistics.Add(encoder.Latents, (int)clip.Columns.size(0));
            topClips.Offer(encoder.Latents, clip.Row, options.FirstColumn);
            archive.Add(encoder.Latents, clip.Row, options.FirstColumn);
            nearMisses.Offer(encoder.Latents, encoder.Margins, clip.Row, options.FirstColumn);
            measurement.Add(encoder.Latents, clip.Row, (int)clip.Columns.size(0));
            statisticsSplits.Add(clip.Split);
        }

        if (statistics.ColumnsMeasured == 0)
            throw new UserException($"There is nothing to measure: no held-out clip has a column {options.FirstColumn} or later. Check the dataset's split.");

        var topSplits = new SortedSet<string>(statisticsSplits, StringComparer.Ordinal);
        if (extraTopClips is not null)
        {
            foreach (var clip in ClipProgress.Count(extraTopClips, "top clips", progress, cancellation))
            {
                if (!rows.Add(clip.Row))
                    continue;
                encoder.Encode(clip);
                topClips.Offer(encoder.Latents, clip.Row, options.FirstColumn);
                archive.Add(encoder.Latents, clip.Row, options.FirstColumn);
                nearMisses.Offer(encoder.Latents, encoder.Margins, clip.Row, options.FirstColumn);
                measurement.AddFurther(encoder.Latents, clip.Row, (int)clip.Columns.size(0), clip.Split);
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
        var examples = ExampleFinder.Find(archive, topClips, nearMisses, features);
        var measures = measurement.Finish(sae, progress, cancellation);
        return new BuiltFeatureIndex(info, data, examples, measures, [.. new[] { geometry.Problem, NothingKept(info) }.OfType<string>()], table.Exact);
    }

    /// <summary>
    /// The reason why the filter keeps no feature, if it keeps none: filtered lists would be empty without an explanation.
    /// </summary>
    private static string? NothingKept(FeatureIndexInfo info)
    {
        if (info.KeptDefault > 0)
            return null;
        var range = FormattableString.Invariant($"{100 * ClipDensityFilter.MinRate:0} % to {100 * ClipDensityFilter.MaxRate:0} %");
        if (info.ClipsMeasured == 0)
        {
            return "The filter keeps no feature: it ignores the first and last half second of a clip, and no clip is longer. " +
                "Measure on longer clips.";
        }
        return info.ClipsMeasured * ClipDensityFilter.MaxRate < 1
            ? FormattableString.Invariant($"The filter keeps no feature: a feature must fire in {range} of the clips, ") +
                FormattableString.Invariant($"and there are {info.ClipsMeasured}. ") +
                FormattableString.Invariant($"Measure on {Math.Ceiling(1 / ClipDensityFilter.MaxRate):0} clips or more.")
            : FormattableString.Invariant($"The filter keeps no feature: none of the {info.Features} fires in {range} of the ") +
                FormattableString.Invariant($"{info.ClipsMeasured} clips. Measure on more or longer clips, or look at all features.");
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

/// <summary>Sizes of a feature index.</summary>
public sealed record FeatureIndexOptions
{
    /// <summary>First column of statistics and peaks: before it some codebooks hold no real codes.</summary>
    public int FirstColumn { get; init; } = 4;

    /// <summary>Top clips per feature, T.</summary>
    public int TopClips { get; init; } = 12;

    /// <summary>Bins of a feature's histogram, equal from 0 to its maximum.</summary>
    public int HistogramBins { get; init; } = 40;

    /// <summary>
    /// Activations stored in memory for exact percentiles, 4 bytes each (128 Mi: 4 M columns of a TopK SAE with k = 32). Beyond it every
    /// feature keeps a uniform sample of equal size, and <see cref="BuiltFeatureIndex.PercentilesExact"/> is false.
    /// </summary>
    public long ValueBudget { get; init; } = 128L << 20;

    /// <summary>
    /// Bytes of sparse latents kept for example clips, about two per firing column (1 GiB: 16 M columns of a TopK SAE with k = 32). Beyond it
    /// examples are drawn from a part of the clips.
    /// </summary>
    public long ExampleBudget { get; init; } = 1L << 30;

    /// <summary>What is measured beyond statistics. Positions and co-firing always are.</summary>
    public MeasureOptions Measures { get; init; } = new();
}

/// <summary>The origin of a feature index's activations; the SAE's hash is read from the SAE.</summary>
/// <param name="ModelHash">SHA-256 of the model's weights.</param>
/// <param name="DatasetHash">SHA-256 of the dataset.</param>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="Hook">The hook point, such as "layers.4.resid_post".</param>
/// <param name="Layer">Its layer.</param>
/// <param name="FrameRate">Columns per second (Hz).</param>
public sealed record FeatureIndexOrigin(string ModelHash, string DatasetHash, string Dataset, string Hook, int Layer, double FrameRate)
{
    /// <summary>The origin of a store's activations; the store does not record the codec's frame rate (Hz).</summary>
    public static FeatureIndexOrigin Of(ActivationSource source, double frameRate) =>
        new(source.ModelHash, source.DatasetHash, source.Dataset, source.Hook, source.Layer, frameRate);
}

/// <summary>A feature index in memory.</summary>
/// <param name="Info">What it was measured on.</param>
/// <param name="Data">The arrays.</param>
/// <param name="Examples">Clips of weaker activation, at random, and near misses.</param>
/// <param name="Measures">Positions, co-firing features, and what else was asked for.</param>
/// <param name="Notes">Non-fatal problems, one sentence each.</param>
/// <param name="PercentilesExact">False when p99, histograms and clip densities come from samples
/// (<see cref="FeatureIndexOptions.ValueBudget"/>).</param>
public sealed record BuiltFeatureIndex(FeatureIndexInfo Info, FeatureIndexData Data, FeatureExampleData Examples, FeatureMeasuresData Measures, IReadOnlyList<string> Notes, bool PercentilesExact)
{
    /// <summary>The same with output scores, which take p99 and are therefore measured after it.</summary>
    public BuiltFeatureIndex With(OutputScores scores) => this with { Measures = Measures.With(scores.Score, scores.RandomScore, scores.Report.Columns) };

    /// <summary>Writes the folder (usually <c>&lt;sae&gt;/index</c>), with its atlas, completely or not at all.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="atlas">The atlas of the same SAE; null: the index has none.</param>
    /// <returns>What was kept and dropped of an index that it replaces: <see cref="FeatureIndexWriter.Save"/>.</returns>
    public IReadOnlyList<string> Save(string folder, BuiltAtlas? atlas = null) => FeatureIndexWriter.Save(folder, Info, Data, Examples, Measures, atlas is null ? null : atlas.Save);
}
