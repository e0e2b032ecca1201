using SaeDashboard.Core;
using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

public class GroundTruthScorerTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(-2)]
    public void A_planted_feature_and_its_lag_are_found_and_scored(int lag)
    {
        var random = new Random(1);
        // Feature 5 answers `lag` columns after the sound with a few misses; the others are noise.
        var world = new PlantedWorld((_, _, column, dimension, holds) =>
            dimension == 5 ? (holds(column - 1 - lag) != (random.Next(50) == 0) ? 1 + random.NextSingle() : 0) : random.Next(6) == 0 ? random.NextSingle() : -1);
        using var sae = PlantedWorld.Identity();
        var scorer = world.Scorer();
        var report = Both(scorer, sae);

        foreach (var name in new[] { DirectionSet.Feature, DirectionSet.Probe(1), DirectionSet.Coordinate })
        {
            var frames = Score(report, name, TruthLevel.Frames);
            Assert.Equal([5], frames.Directions);
            Assert.Equal(lag, frames.Lag);
            Assert.False(frames.Negative);
            Assert.InRange(frames.Auroc, 0.96, 0.995);
            Assert.Equal([5], Score(report, name, TruthLevel.Clips).Directions);
            Assert.Equal(1, Score(report, name, TruthLevel.Clips).Auroc);
            Assert.Equal(1, Score(report, name, TruthLevel.Seconds).Auroc, 0.02);
        }
        // 30 positive clips; 2 % of flips either way.
        var feature = Score(report, DirectionSet.Feature, TruthLevel.Frames);
        Assert.InRange(feature.Auroc, feature.Low!.Value, feature.High!.Value);
        Assert.InRange(feature.High.Value - feature.Low.Value, 0.001, 0.05);
        Assert.InRange(Score(report, DirectionSet.RidgeProbe, TruthLevel.Frames).Auroc, 0.96, 1);
        Assert.Equal(lag, Score(report, DirectionSet.RidgeProbe, TruthLevel.Frames).Lag);
        // The direction of the noise is not the planted one, so the largest component alone must not do: the planted dimension has the largest variance here.
        Assert.InRange(Score(report, DirectionSet.Principal, TruthLevel.Frames).Auroc, 0.9, 1);

        var summary = report.Summaries.Single(line => line.Set == DirectionSet.Feature && line.Level == TruthLevel.Frames);
        Assert.Equal((1, 1, 1, 1), (summary.Concepts, summary.AtLeast95, summary.AtLeast90, summary.AtLeast80));
    }

    [Fact]
    public void The_scored_values_are_exact()
    {
        // Scores of the frames, written out by hand from the definition, against those of the chosen feature.
        var random = new Random(2);
        var world = new PlantedWorld((_, _, column, dimension, holds) => dimension == 2 && holds(column - 2) ? random.Next(3) : random.Next(12) == 0 ? 1 : 0);
        using var sae = PlantedWorld.Identity();
        var score = Score(Features(world.Scorer(), sae), DirectionSet.Feature, TruthLevel.Frames);
        Assert.Equal([2], score.Directions);
        Assert.Equal(1, score.Lag);

        var (scores, labels) = (new List<float>(), new List<sbyte>());
        foreach (var clip in world.Test.Source.Clips())
        {
            var values = clip.Columns.select(1, 2).contiguous().data<float>().ToArray();
            var spans = world.Annotations.Of(world.Test.Clips[clip.Row - 60].Id, "inst.a");
            for (var column = 4; column <= PlantedWorld.Columns; column++)
            {
                var seconds = (column - 2 + 0.5) / 50;
                scores.Add(values[column - 1]);
                labels.Add((sbyte)(spans.Any(span => span.Contains(seconds)) ? 1 : -1));
            }
        }
        Assert.Equal(BruteForce.Auroc([.. scores], [.. labels]), score.Auroc, 1e-9);
        Assert.Equal(BruteForce.AveragePrecision([.. scores], [.. labels]), score.AveragePrecision, 1e-9);
        Assert.Equal(labels.Count(label => label == 1) / (double)labels.Count, score.Prevalence, 1e-12);
    }

    [Fact]
    public void What_is_perfect_on_select_by_chance_scores_chance()
    {
        // Feature 5 is the concept on select and noise on test; feature 7 is good, not perfect, on both.
        var random = new Random(3);
        var world = new PlantedWorld((split, _, column, dimension, holds) => dimension switch
        {
            5 => split == "select" ? (holds(column - 1) ? 1 : 0) : random.Next(2),
            7 => holds(column - 1) != (random.Next(10) == 0) ? 1 : 0,
            _ => random.Next(2),
        });
        using var sae = PlantedWorld.Identity();
        var report = Both(world.Scorer(), sae);
        foreach (var name in new[] { DirectionSet.Feature, DirectionSet.Coordinate })
        {
            var score = Score(report, name, TruthLevel.Frames);
            Assert.Equal([5], score.Directions);
            Assert.InRange(score.Auroc, 0.45, 0.55);
        }
    }

    [Fact]
    public void A_coordinate_may_speak_by_low_values_and_a_feature_may_not()
    {
        var random = new Random(4);
        var world = new PlantedWorld((_, _, column, dimension, holds) =>
            dimension == 3 ? (holds(column - 1) ? 0.1f : 1) + random.NextSingle() / 10 : dimension == 8 && holds(column - 1) && random.Next(3) > 0 ? 2 : random.NextSingle());
        using var sae = PlantedWorld.Identity();
        var report = Both(world.Scorer(), sae);
        Assert.Equal([8], Score(report, DirectionSet.Feature, TruthLevel.Frames).Directions);
        foreach (var name in new[] { DirectionSet.Probe(1), DirectionSet.Coordinate })
        {
            var score = Score(report, name, TruthLevel.Frames);
            Assert.Equal([3], score.Directions);
            Assert.True(score.Negative);
            Assert.Equal(1, score.Auroc, 1e-12);
            Assert.Equal(1, score.AveragePrecision, 1e-12);
        }
    }

    [Fact]
    public void A_sparse_probe_joins_features_that_each_know_a_part()
    {
        // Three features share the concept between them by clip; each alone ranks a third of the positives.
        var random = new Random(5);
        var world = new PlantedWorld((_, clip, column, dimension, holds) =>
            dimension is 1 or 4 or 9 && holds(column - 1) && clip % 3 == dimension % 3 - (dimension == 9 ? -2 : 0) ? 1 + random.NextSingle() / 4 : random.Next(30) == 0 ? 0.3f : 0);
        using var sae = PlantedWorld.Identity();
        var report = Features(world.Scorer(), sae);
        var probe = Score(report, DirectionSet.Probe(5), TruthLevel.Frames);
        Assert.Equal(5, probe.Directions.Count);
        Assert.Superset(new HashSet<int> { 1, 9 }, probe.Directions.ToHashSet());
        Assert.True(probe.Auroc > Score(report, DirectionSet.Feature, TruthLevel.Frames).Auroc + 0.1);
    }

    [Fact]
    public void Rare_concepts_are_listed_and_constant_ones_have_a_table_of_their_own()
    {
        // key.0 on even clips of the first 50, key.1 on odd ones, none after that. inst.rare in 19 clips.
        Dictionary<string, double[][]> More(int clip)
        {
            var spans = new Dictionary<string, double[][]>();
            if (clip < 50) spans[$"key.{clip % 2}"] = [[0, 2.2]];
            if (clip < 19) spans["inst.rare"] = [[0.5, 1.5]];
            return spans;
        }
        var random = new Random(6);
        // Feature 2 tells the two keys apart, and fires on the clips without a key as on key.0.
        var world = new PlantedWorld((_, clip, _, dimension, _) => dimension == 2 ? (clip >= 50 || clip % 2 == 0 ? 1 : 0) : random.Next(2), more: More);
        using var sae = PlantedWorld.Identity();
        var report = Features(world.Scorer(), sae);

        Assert.Equal(["key.0", "key.1"], report.ConstantConcepts);
        var key = Score(report, DirectionSet.Feature, TruthLevel.Clips, "key.0");
        Assert.Equal([2], key.Directions);
        Assert.Equal(1, key.Auroc);
        Assert.Equal(0.5, key.Prevalence);
        Assert.DoesNotContain(report.Sets.SelectMany(set => set.Scores), score => score.Level != TruthLevel.Clips && score.Concept.StartsWith("key", StringComparison.Ordinal));
        Assert.Equal([2, 1], report.Summaries.Where(line => line.Set == DirectionSet.Feature && line.Level == TruthLevel.Clips).OrderByDescending(line => line.Constant).Select(line => line.Concepts));

        var rare = report.Unmeasured.Where(concept => concept.Concept == "inst.rare").ToList();
        Assert.Equal(3, rare.Count);
        Assert.All(rare, concept => Assert.Equal(19, concept.PositiveClips));
        Assert.DoesNotContain(report.Sets.SelectMany(set => set.Scores), score => score.Concept == "inst.rare");
        // One more would have been enough.
        Assert.Empty(world.Scorer(new GroundTruthOptions { FewestPositiveClips = 19 }).Report([]).Unmeasured);
        Assert.Throws<UserException>(() => world.Scorer(new GroundTruthOptions { FewestPositiveClips = 61 }));
    }

    [Fact]
    public void Activations_of_other_clips_are_refused()
    {
        var world = new PlantedWorld((_, _, _, _, _) => 1);
        using var sae = PlantedWorld.Identity();
        var scorer = new GroundTruthScorer(world.Annotations, world.Select with { Source = world.Test.Source }, world.Test);
        Assert.Contains("row 60", Assert.Throws<UserException>(() => Features(scorer, sae)).Message, StringComparison.Ordinal);
    }

    private static GroundTruthReport Features(GroundTruthScorer scorer, SparseAutoencoder sae) =>
        scorer.Report(scorer.Features(sae, cancellation: TestContext.Current.CancellationToken));

    private static GroundTruthReport Both(GroundTruthScorer scorer, SparseAutoencoder sae) => scorer.Report(
        [.. scorer.Features(sae, cancellation: TestContext.Current.CancellationToken), .. scorer.Residual(cancellation: TestContext.Current.CancellationToken)]);

    private static DirectionScore Score(GroundTruthReport report, string set, TruthLevel level, string concept = "inst.a") =>
        report.Sets.Single(entry => entry.Name == set).Scores.Single(score => score.Level == level && score.Concept == concept);
}
