using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Evaluation.Directions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Features.Measures;

/// <summary>
/// The measures of an index (<see cref="FeatureMeasures"/>): during the pass it keeps what fires, at its end it measures one feature after the
/// other. It never looks at the clips again.
/// </summary>
internal sealed class FeatureMeasurement
{
    // Features between two reports of progress.
    private const int Block = 256;

    // More clips to choose a concept on hardly change the choice, and each takes memory and time.
    private const int ChooseOnClips = 500;

    private readonly MeasureOptions options;
    private readonly double frameRate;
    private readonly FiringStore store;
    private readonly FiringStore? choose;
    private readonly Dictionary<int, float[][]> descriptors = [];
    private readonly SortedSet<string> furtherSplits = new(StringComparer.Ordinal);

    /// <param name="features">Number of features F.</param>
    /// <param name="firstColumn">First measured column.</param>
    /// <param name="frameRate">Columns per second (Hz).</param>
    /// <param name="options">What to measure.</param>
    public FeatureMeasurement(int features, int firstColumn, double frameRate, MeasureOptions options)
    {
        (this.options, this.frameRate) = (options, frameRate);
        store = new FiringStore(features, firstColumn, CoFiringFinder.Reach, options.Budget);
        if (options.Concepts is not null) choose = new FiringStore(features, firstColumn, 0, options.Budget with { Clips = ChooseOnClips });
    }

    /// <summary>Adds a clip of the statistics.</summary>
    /// <param name="latents">Its latents.</param>
    /// <param name="row">Its row.</param>
    /// <param name="columns">Its columns, 1..<paramref name="columns"/>.</param>
    public void Add(ClipLatents latents, int row, int columns)
    {
        if (!store.Wants(row)) return;
        store.Add(latents, row, columns);
        if (options.Descriptors is { } sound) descriptors[row] = [.. sound.ValuesOf(row, columns).Select(values => values[Math.Min(values.Length, store.FirstColumn - 1)..])];
    }

    /// <summary>Adds a clip that is not of the statistics: concepts, levels and lags are chosen on some of these.</summary>
    public void AddFurther(ClipLatents latents, int row, int columns, string split)
    {
        if (choose is null) return;
        choose.Add(latents, row, columns);
        furtherSplits.Add(split);
    }

    /// <summary>Measures every feature.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="progress">Called after every few hundred features.</param>
    /// <param name="cancellation">Checked as often.</param>
    /// <exception cref="Core.UserException">The second SAE reads vectors of another width.</exception>
    public FeatureMeasuresData Finish(SparseAutoencoder sae, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var features = store.Features;
        // First what can fail.
        var stability = options.Second is { } second ? StabilityReport.Of(sae, second.Sae, _ => true).Best : null;
        var concepts = options.Concepts is { } annotations ? ConceptFinder.Prepare(annotations, choose!, store, frameRate) : null;
        var names = options.Descriptors?.Names ?? [];
        var correlations = names.Count == 0 ? null : new DescriptorCorrelations(store, names.Count, descriptors);
        var data = new FeatureMeasuresData
        {
            Info = new FeatureMeasuresInfo
            {
                Clips = store.Clips.Count,
                Columns = store.Columns,
                PositionBins = PositionMeter.Bins,
                CoFiring = CoFiringFinder.Places,
                LagReach = CoFiringFinder.Reach,
                Descriptors = names,
                DescribedColumns = correlations?.Columns ?? 0,
                Concepts = concepts?.Concepts ?? [],
                ConceptsChosenOn = concepts is null ? "" : string.Join(",", furtherSplits),
                ConceptsChosenOnClips = concepts?.ChosenClips ?? 0,
                SecondSae = options.Second?.Sae.WeightsHash,
                SecondSaeName = options.Second?.Name,
            },
            PositionHistogram = new int[features * PositionMeter.Bins],
            PositionR2 = new float[features],
            CoFiring = Filled(features * CoFiringFinder.Places, -1),
            CoFiringPhi = new float[features * CoFiringFinder.Places],
            CoFiringLag = new int[features * CoFiringFinder.Places],
            CoFiringPhiAtLag = new float[features * CoFiringFinder.Places],
            Correlation = names.Count == 0 ? null : new float[features * names.Count],
            Concept = concepts is null ? null : Filled(features, -1),
            ConceptLevel = concepts is null ? null : new byte[features],
            ConceptLag = concepts is null ? null : new int[features],
            ConceptAuroc = concepts is null ? null : Filled(features, float.NaN),
            ConceptChosenAuroc = concepts is null ? null : Filled(features, float.NaN),
            Stability = stability,
        };
        var one = new OneFeature(data, new PositionMeter(store), new CoFiringFinder(store), correlations, concepts);
        var threads = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()), CancellationToken = cancellation };
        for (var from = 0; from < features; from += Block)
        {
            var to = Math.Min(features, from + Block);
            Parallel.For(from, to, threads, one.NewScratch, (feature, _, scratch) => one.Measure(feature, scratch), _ => { });
            progress?.Report(new ClipProgress(FeatureIndexBuilder.MeasuresStage, to, features, "features"));
        }
        return data;
    }

    private static T[] Filled<T>(int count, T value)
    {
        var array = new T[count];
        Array.Fill(array, value);
        return array;
    }

    /// <summary>Measures one feature into its place; several threads at once.</summary>
    private sealed class OneFeature(FeatureMeasuresData data, PositionMeter positions, CoFiringFinder coFiring, DescriptorCorrelations? correlations, ConceptFinder? concepts)
    {
        public Scratch NewScratch() => new(positions.Scratch(), new CoFiringFinder.Scratch(data.PositionR2.Length), concepts is null ? null : new ConceptFinder.Scratch(concepts));

        public Scratch Measure(int feature, Scratch scratch)
        {
            data.PositionR2[feature] = (float)positions.Measure(feature, data.PositionHistogram.AsSpan(feature * PositionMeter.Bins, PositionMeter.Bins), scratch.Positions);
            foreach (var (place, found) in coFiring.Of(feature, scratch.CoFiring).Index())
            {
                var at = feature * CoFiringFinder.Places + place;
                (data.CoFiring[at], data.CoFiringPhi[at], data.CoFiringLag[at], data.CoFiringPhiAtLag[at]) = (found.Feature, (float)found.Phi, found.Lag, (float)found.PhiAtLag);
            }
            var names = data.Info.Descriptors.Count;
            correlations?.Measure(feature, data.Correlation.AsSpan(feature * names, names));
            if (concepts?.Of(feature, scratch.Concepts!) is { } match)
            {
                (data.Concept![feature], data.ConceptLevel![feature], data.ConceptLag![feature]) = (match.Concept, (byte)match.Level, match.Lag);
                (data.ConceptAuroc![feature], data.ConceptChosenAuroc![feature]) = ((float)match.Auroc, (float)match.ChosenAuroc);
            }
            return scratch;
        }
    }

    private sealed record Scratch(double[] Positions, CoFiringFinder.Scratch CoFiring, ConceptFinder.Scratch? Concepts);
}

/// <summary>What is measured of features beyond their statistics.</summary>
public sealed record MeasureOptions
{
    /// <summary>Descriptors of the clips' sound; null: no correlations.</summary>
    public IColumnDescriptors? Descriptors { get; init; }

    /// <summary>Annotated concepts; null: none.</summary>
    public ConceptAnnotations? Concepts { get; init; }

    /// <summary>An SAE of another seed; null: no stability.</summary>
    public SecondSae? Second { get; init; }

    /// <summary>What is kept of the clips' activations (512 MB, as many clips as fit; some seconds of counting).</summary>
    public FiringBudget Budget { get; init; } = new(64L << 20, 8_000_000_000);
}

/// <summary>An SAE of the same place in the model, trained from another seed.</summary>
/// <param name="Sae">The SAE.</param>
/// <param name="Name">Its folder, by name.</param>
public sealed record SecondSae(SparseAutoencoder Sae, string Name);
