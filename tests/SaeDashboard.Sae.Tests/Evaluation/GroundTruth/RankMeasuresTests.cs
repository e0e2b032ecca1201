using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

public class RankMeasuresTests
{
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(2, 6)]
    [InlineData(3, 1)]
    public void Equals_all_pairs_and_all_thresholds(int seed, int distinctScores)
    {
        var (scores, labels) = Random(seed, 300, distinctScores);
        var measure = RankMeasures.Measure(scores, labels);
        Assert.Equal(BruteForce.Auroc(scores, labels), measure.Auroc, 1e-12);
        Assert.Equal(BruteForce.AveragePrecision(scores, labels), measure.AveragePrecision, 1e-12);
        Assert.Equal(labels.Zip(scores).Count(pair => pair.First == 1 && !float.IsNaN(pair.Second)), measure.Positives);
    }

    [Fact]
    public void Known_values()
    {
        // Of two positives the second is below one of the two negatives: 3 of 4 pairs; precision 1 at the first, 2/3 at the second.
        var measure = RankMeasures.Measure([4, 3, 2, 1], [1, -1, 1, -1]);
        Assert.Equal(0.75, measure.Auroc, 1e-15);
        Assert.Equal((1 + 2 / 3.0) / 2, measure.AveragePrecision, 1e-15);
        Assert.Equal(0.5, measure.Prevalence);
        // All equal: chance, and precision the prevalence.
        measure = RankMeasures.Measure([7, 7, 7, 7], [1, -1, -1, -1]);
        Assert.Equal(0.5, measure.Auroc);
        Assert.Equal(0.25, measure.AveragePrecision);
        Assert.True(double.IsNaN(RankMeasures.Measure([1, 2], [1, 0]).Auroc));
    }

    [Theory]
    [InlineData(1, 1000, true)]
    [InlineData(2, 5, true)]
    [InlineData(3, 1000, false)]
    [InlineData(4, 5, false)]
    public void The_walk_equals_all_pairs_for_every_concept_and_lag(int seed, int distinctScores, bool sparse)
    {
        // 70 concepts: more than one word of bits.
        const int concepts = 70;
        var options = new GroundTruthOptions { Lags = [-2, 0, 3] };
        var layout = new TruthLayout(5, 60, options);
        var random = new Random(seed);
        var truth = RandomTruth.Create(random, layout, options, concepts);
        var labels = truth.At(TruthLevel.Frames);

        var values = new float[layout.Units(TruthLevel.Frames)];
        Array.Fill(values, float.NaN);
        for (var clip = 0; clip < layout.Clips; clip++)
        {
            for (var column = layout.FirstColumn; column <= layout.Columns; column++)
            {
                var value = 1 + random.Next(distinctScores);
                values[clip * layout.Stride + layout.Margin + column - 1] = sparse ? random.Next(4) == 0 ? value : 0 : value - distinctScores / 2;
            }
        }
        var units = Enumerable.Range(0, values.Length).Where(unit => sparse ? values[unit] > 0 : !float.IsNaN(values[unit])).ToArray();
        var sorted = units.Select(unit => values[unit]).ToArray();
        Array.Sort(sorted, units);

        var scan = new RankScan(labels);
        var auroc = new double[concepts];
        foreach (var lag in options.Lags)
        {
            scan.Auroc(sorted, units, lag, LabelTotals.Count(truth, TruthLevel.Frames, lag), auroc);
            for (var concept = 0; concept < concepts; concept++)
            {
                // Each column against the frame it is held against, by the definition: frame p − 1 − lag of the same clip.
                var (scores, signs) = (new List<float>(), new List<sbyte>());
                for (var clip = 0; clip < layout.Clips; clip++)
                {
                    for (var column = layout.FirstColumn; column <= layout.Columns; column++)
                    {
                        var frame = column - 1 - lag;
                        if (frame < 0 || frame >= layout.Columns) continue;
                        scores.Add(values[clip * layout.Stride + layout.Margin + column - 1]);
                        signs.Add(labels.Get(clip * layout.Stride + layout.Margin + frame, concept));
                    }
                }
                Assert.Equal(BruteForce.Auroc([.. scores], [.. signs]), auroc[concept], 1e-12);
            }
        }
    }

    internal static (float[] Scores, sbyte[] Labels) Random(int seed, int count, int distinctScores)
    {
        var random = new Random(seed);
        var scores = new float[count];
        var labels = new sbyte[count];
        for (var i = 0; i < count; i++)
        {
            labels[i] = (sbyte)random.Next(-1, 2);
            scores[i] = random.Next(20) == 0 ? float.NaN : random.Next(distinctScores) + (labels[i] == 1 ? distinctScores / 4 : 0);
        }
        return (scores, labels);
    }
}
