using SaeDashboard.Sae.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Chooses an SAE's features and small probes on `select`, and scores them on the other split.</summary>
internal sealed class FeatureScoring(
    ConceptTruth selectTruth, ConceptTruth testTruth, IReadOnlyList<string> concepts, IReadOnlyList<(TruthLevel Level, int Concept)> measured,
    GroundTruthOptions options)
{
    private readonly ScoredDirection scored = new(testTruth, options);

    public IReadOnlyList<DirectionSet> Score(
        SparseAutoencoder sae, TruthSplit select, TruthSplit test, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var encoder = new ClipEncoder(sae);
        var columns = new SparseColumns(selectTruth.Layout, sae.Config.DSae);
        Read(encoder, select, columns, "features to choose from", progress, cancellation);
        var (positive, eitherSign) = new DirectionChooser(selectTruth, options.Lags).Features(columns, cancellation);
        var probes = Probes(columns, positive, cancellation);

        var wanted = new bool[sae.Config.DSae];
        foreach (var (level, concept) in measured)
        {
            wanted[positive[(int)level][concept].Direction] = true;
            wanted[eitherSign[(int)level][concept].Direction] = true;
        }
        foreach (var feature in probes.SelectMany(probe => probe.Features)) wanted[feature] = true;
        var scoredColumns = new SparseColumns(testTruth.Layout, sae.Config.DSae, wanted);
        Read(encoder, test, scoredColumns, "features to score", progress, cancellation);

        return
        [
            new DirectionSet(DirectionSet.Feature, Choices(scoredColumns, positive, interval: true, cancellation)),
            new DirectionSet(DirectionSet.Probe(1), Choices(scoredColumns, eitherSign, interval: false, cancellation)),
            new DirectionSet(DirectionSet.Probe(options.ProbeFeatures), Each(
                (level, concept, place) => Measure(scoredColumns, level, concept, probes[place], positive[(int)level][concept].Lag, negative: false, interval: false), cancellation)),
        ];
    }

    private static void Read(
        ClipEncoder encoder, TruthSplit split, SparseColumns columns, string stage, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        foreach (var (number, clip) in split.Each(stage, progress, cancellation))
        {
            encoder.Encode(clip);
            columns.Add(number, encoder.Latents);
        }
    }

    /// <summary>A probe for each measured concept and level, in their order.</summary>
    private SparseProbe[] Probes(SparseColumns columns, DirectionChoice[][] first, CancellationToken cancellation)
    {
        var probes = new SparseProbe[measured.Count];
        foreach (var level in measured.Select(entry => entry.Level).Distinct())
        {
            var fit = new SparseProbeFit(selectTruth, columns, level);
            for (var place = 0; place < measured.Count; place++)
            {
                if (measured[place].Level != level) continue;
                var concept = measured[place].Concept;
                probes[place] = fit.Fit(concept, first[(int)level][concept], options.ProbeFeatures, cancellation);
            }
        }
        return probes;
    }

    private DirectionScore[] Choices(SparseColumns columns, DirectionChoice[][] choices, bool interval, CancellationToken cancellation) => Each(
        (level, concept, _) =>
        {
            var choice = choices[(int)level][concept];
            return Measure(columns, level, concept, new SparseProbe([choice.Direction], [1]), choice.Lag, choice.Negative, interval);
        }, cancellation);

    private DirectionScore[] Each(Func<TruthLevel, int, int, DirectionScore?> score, CancellationToken cancellation)
    {
        var scores = new DirectionScore?[measured.Count];
        var settings = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()), CancellationToken = cancellation };
        Parallel.For(0, scores.Length, settings, place => scores[place] = score(measured[place].Level, measured[place].Concept, place));
        return [.. scores.OfType<DirectionScore>()];
    }

    private DirectionScore? Measure(SparseColumns columns, TruthLevel level, int concept, SparseProbe probe, int lag, bool negative, bool interval)
    {
        var layout = testTruth.Layout;
        var values = new float[layout.Units(TruthLevel.Frames)];
        for (var i = 0; i < probe.Features.Length; i++) columns.AddTo(values, probe.Features[i], (float)probe.Weights[i]);
        var perClip = layout.UnitsPerClip(level);
        var scores = new float[layout.Units(level)];
        for (var clip = 0; clip < layout.Clips; clip++)
            layout.Score(level, values.AsSpan(clip * layout.Stride + layout.Margin, layout.Columns), lag, scores.AsSpan(clip * perClip, perClip));
        return scored.Measure(concepts[concept], concept, level, scores, probe.Features, lag, negative, interval);
    }
}
