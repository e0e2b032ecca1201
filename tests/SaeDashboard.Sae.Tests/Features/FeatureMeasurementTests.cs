using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Features.Measures;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>Every measure of an index against its definition, in float64, from the dense latents of every clip.</summary>
public sealed class FeatureMeasurementTests
{
    private const int Width = 8, Features = 24, Columns = 120, SelectClips = 70, ExtraClips = 60, FirstColumn = 4;
    private const double Near = 1e-5;
    private static readonly FeatureIndexOrigin Origin = new("model", "data", "small", "layers.4.resid_post", 4, 50);

    public static TheoryData<SaeArchitecture> Architectures => [SaeArchitecture.TopK, SaeArchitecture.Standard];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Positions_equal_group_means(SaeArchitecture architecture)
    {
        using var sae = Sae(architecture);
        var (select, _) = Sources();
        var measures = Build(sae, select, null).Measures;
        var clips = Dense(sae, select);
        Assert.Equal((SelectClips, SelectClips * (long)(Columns - 3)), (measures.Info.Clips, measures.Info.Columns));
        for (var feature = 0; feature < Features; feature++)
        {
            var values = clips.SelectMany(clip => clip.Latents.Select((row, at) => (Group: at, Value: row[feature]))).Where(each => each.Group >= FirstColumn - 1).ToArray();
            var bins = new int[32];
            foreach (var (at, _) in values.Where(each => each.Value > 0)) bins[(at - 3) * 32 / (Columns - 3)]++;
            Assert.Equal(bins, measures.PositionHistogram.AsSpan(feature * 32, 32).ToArray());
            if (values.All(each => each.Value == 0)) Assert.True(float.IsNaN(measures.PositionR2[feature]));
            else Assert.Equal(MeasureTruth.ExplainedByGroup(values), measures.PositionR2[feature], Near);
        }
        // 70 clips: by chance a position explains a 70th.
        Assert.Contains(measures.PositionR2, value => value > 0.02);
        Assert.Contains(measures.PositionR2, float.IsNaN);
        Assert.DoesNotContain(measures.PositionR2, value => value > 0.9);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Descriptor_correlations_equal_pearsons_formula(SaeArchitecture architecture)
    {
        using var sae = Sae(architecture);
        var (select, _) = Sources();
        var sound = new MadeUpSound();
        var measures = Build(sae, select, null, new MeasureOptions { Descriptors = sound }).Measures;
        Assert.Equal(sound.Names, measures.Info.Descriptors);
        var clips = Dense(sae, select);
        var measured = 0;
        for (var feature = 0; feature < Features; feature++)
        {
            for (var descriptor = 0; descriptor < sound.Names.Count; descriptor++)
            {
                var pairs = clips.SelectMany(clip => clip.Latents.Zip(sound.ValuesOf(clip.Row, Columns)[descriptor], (row, value) => (X: row[feature], Y: (double)value)).Skip(FirstColumn - 1))
                    .Where(pair => !double.IsNaN(pair.Y)).ToArray();
                var expected = MeasureTruth.Pearson([.. pairs.Select(pair => pair.X)], [.. pairs.Select(pair => pair.Y)]);
                var actual = measures.Correlation![feature * sound.Names.Count + descriptor];
                Assert.Equal(double.IsNaN(expected), float.IsNaN(actual));
                if (double.IsNaN(expected)) continue;
                Assert.Equal(expected, actual, Near);
                measured++;
            }
        }
        Assert.True(measured > Features);
        // The last descriptor is the same everywhere: nothing correlates with it.
        Assert.All(Enumerable.Range(0, Features), feature => Assert.True(float.IsNaN(measures.Correlation![feature * sound.Names.Count + 2])));
    }

    [Theory]
    [InlineData(SaeArchitecture.TopK)]
    [InlineData(SaeArchitecture.Standard, Traits = ["Length", "Long"])]
    public void Co_firing_features_and_their_lags_are_those_of_every_pair(SaeArchitecture architecture)
    {
        using var sae = Sae(architecture);
        var (select, _) = Sources();
        var data = Build(sae, select, null).Measures;
        var clips = Dense(sae, select);
        var found = 0;
        for (var feature = 0; feature < Features; feature++)
        {
            var expected = Enumerable.Range(0, Features).Where(other => other != feature)
                .Select(other => (Other: other, Shared: Shared(clips, feature, other, 0), Phi: Phi(clips, feature, other, 0)))
                .Where(pair => pair.Shared >= 10 && pair.Phi > 0).OrderByDescending(pair => pair.Phi).Take(8).ToArray();
            var actual = Enumerable.Range(feature * 8, 8).Where(place => data.CoFiring[place] >= 0).ToArray();
            Assert.Equal(expected.Length, actual.Length);
            for (var rank = 0; rank < actual.Length; rank++)
            {
                var (other, lag) = (data.CoFiring[actual[rank]], data.CoFiringLag[actual[rank]]);
                Assert.Equal(expected[rank].Phi, data.CoFiringPhi[actual[rank]], Near);
                Assert.Equal(Phi(clips, feature, other, 0), data.CoFiringPhi[actual[rank]], Near);
                Assert.Equal(Phi(clips, feature, other, lag), data.CoFiringPhiAtLag[actual[rank]], Near);
                Assert.Equal(Enumerable.Range(-25, 51).Max(each => Phi(clips, feature, other, each)), data.CoFiringPhiAtLag[actual[rank]], Near);
                found++;
            }
        }
        Assert.True(found > Features, $"{found} pairs");
    }

    [Fact]
    public void A_feature_of_one_position_is_explained_by_it()
    {
        var random = new Random(2);
        var clips = Enumerable.Range(0, 40).Select(clip =>
        {
            var values = new float[Columns * 2];
            for (var column = 50; column < 55; column++) values[column * 2] = 1;
            for (var i = 0; i < 5; i++) values[random.Next(Columns) * 2 + 1] = 1;
            return (clip, "select", values);
        }).ToArray();
        using var sae = Identity(2);
        var measures = Build(sae, new MemorySource(2, clips), null).Measures;
        Assert.Equal(1, measures.PositionR2[0], Near);
        Assert.InRange(measures.PositionR2[1], 0, 0.1);
        // Columns 51..55 are those at 47 to 51 of the 117 that are measured.
        Assert.Equal([12, 13], Enumerable.Range(0, 32).Where(bin => measures.PositionHistogram[bin] > 0));
    }

    [Fact]
    public void A_feature_that_follows_another_has_its_lag()
    {
        // Latent j is dimension j. The second fires 7 columns after the first always, and with it one time in three.
        var clips = Enumerable.Range(0, 6).Select(clip =>
        {
            var values = new float[Columns * 2];
            for (var column = 5; column < Columns - 7; column += 10)
            {
                values[column * 2] = 1;
                values[(column + 7) * 2 + 1] = 1;
                if (column % 30 == 5) values[column * 2 + 1] = 1;
            }
            return (clip, "select", values);
        }).ToArray();
        using var sae = Identity(2);
        var built = Build(sae, new MemorySource(2, clips), null);
        Assert.Equal([1, 0], [built.Measures.CoFiring[0], built.Measures.CoFiring[8]]);
        Assert.Equal([7, -7], [built.Measures.CoFiringLag[0], built.Measures.CoFiringLag[8]]);
        Assert.True(built.Measures.CoFiringPhiAtLag[0] > 2 * built.Measures.CoFiringPhi[0]);
    }

    [Theory]
    [InlineData(SaeArchitecture.TopK)]
    [InlineData(SaeArchitecture.Standard, Traits = ["Length", "Long"])]
    public void The_best_concept_is_chosen_on_further_clips_and_its_auroc_is_that_of_the_others(SaeArchitecture architecture)
    {
        using var folder = TestFolders.Temporary();
        using var sae = Sae(architecture);
        var (select, extra) = Sources();
        var annotations = MeasureTruth.Annotations(folder.In("data"), [.. select.Rows, .. extra.Rows], Columns / 50.0, 5);
        Build(sae, select, extra, new MeasureOptions { Concepts = annotations }).Save(folder.In("index"));
        using var index = FeatureIndex.Open(folder.In("index"));
        Assert.Equal(("sae-train", ExtraClips), (index.Measures!.Info.ConceptsChosenOn, index.Measures.Info.ConceptsChosenOnClips));
        var (scored, chosen) = (Dense(sae, select), Dense(sae, extra));
        var labels = new LabelTruth(annotations, Columns);
        string[][] measured =
        [
            [.. annotations.Annotations.Concepts.Where(concept => labels.PositiveClips(0, concept, select.Rows) >= 20)],
            .. Enumerable.Range(1, 2).Select(level => annotations.Annotations.Concepts.Where(concept => !concept.StartsWith("key.", StringComparison.Ordinal) && labels.PositiveClips(level, concept, select.Rows) >= 20).ToArray()),
        ];
        Assert.Contains("key.0", measured[0]);
        Assert.DoesNotContain("inst.rare", measured[0]);
        var (levels, lags) = (new HashSet<ConceptLevel>(), new HashSet<int>());
        for (var feature = 0; feature < Features; feature++)
        {
            IEnumerable<(int, double[])> Of(List<(int Row, double[][] Latents)> clips) => clips.Select(clip => (clip.Row, clip.Latents.Select(row => row[feature]).ToArray()));
            var actual = index.Measures.BestConcept(feature);
            if (chosen.All(clip => clip.Latents.Skip(FirstColumn - 1).All(row => row[feature] <= 0)))
            {
                Assert.Null(actual);
                continue;
            }
            var best = Enumerable.Range(0, 3).SelectMany(level => measured[level].SelectMany(concept => Enumerable.Range(level == 0 ? 0 : -4, level == 0 ? 1 : 9)
                .Select(lag => MeasureTruth.Auroc(labels.Units(level, concept, lag, Of(chosen)))))).Where(auroc => !double.IsNaN(auroc)).Max();
            Assert.Equal(best, actual!.Value.ChosenAuroc, Near);
            var (level, name, lag) = ((int)actual.Value.Level, actual.Value.Concept, actual.Value.Lag);
            Assert.Equal(best, MeasureTruth.Auroc(labels.Units(level, name, lag, Of(chosen))), Near);
            Assert.Equal(MeasureTruth.Auroc(labels.Units(level, name, lag, Of(scored))), actual.Value.Auroc, Near);
            Assert.Equal(actual.Value.Auroc, index.Measures.ConceptAuroc[feature]);
            levels.Add(actual.Value.Level);
            lags.Add(lag);
        }
        Assert.True(levels.Count > 1 && lags.Count > 1, "One level or one lag for all features shows little.");
    }

    [Fact]
    public void Stability_is_the_largest_cosine_with_the_second_saes_directions()
    {
        using var sae = Sae(SaeArchitecture.TopK);
        using var second = RandomSae.Create(77, Width, Features + 5, 6);
        var measures = Build(sae, Sources().Select, null, new MeasureOptions { Second = new SecondSae(second, "other") }).Measures;
        Assert.Equal((second.WeightsHash, "other"), (measures.Info.SecondSae, measures.Info.SecondSaeName));
        using var directions = sae.Directions();
        using var others = second.Directions();
        double[][] mine = RandomSae.Rows(directions), theirs = RandomSae.Rows(others);
        static double Norm(double[] row) => Math.Sqrt(row.Sum(value => value * value));
        for (var feature = 0; feature < Features; feature++)
        {
            var expected = theirs.Max(other => mine[feature].Zip(other, (x, y) => x * y).Sum() / (Norm(mine[feature]) * Norm(other)));
            Assert.Equal(expected, measures.Stability![feature], Near);
        }
        using var narrow = RandomSae.Create(77, Width - 1, Features, 6);
        var refused = Assert.Throws<UserException>(() => Build(sae, Sources().Select, null, new MeasureOptions { Second = new SecondSae(narrow, "narrow") }));
        Assert.Contains("width 7", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_budget_measures_on_a_part_of_the_clips_and_says_so()
    {
        using var sae = Sae(SaeArchitecture.Standard);
        var (select, _) = Sources();
        foreach (var budget in new[] { new FiringBudget(20_000, long.MaxValue), new FiringBudget(long.MaxValue, 200_000), new FiringBudget(long.MaxValue, long.MaxValue, 30) })
        {
            var options = new MeasureOptions { Budget = budget, Descriptors = new MadeUpSound() };
            var part = Build(sae, select, null, options).Measures;
            Assert.InRange(part.Info.Clips, 5, SelectClips / 2 + 5);
            var again = Build(sae, new Reversed(select), null, options).Measures;
            Assert.Equal(part.Info.Clips, again.Info.Clips);
            Assert.Equal(part.PositionHistogram, again.PositionHistogram);
            Assert.Equal(part.CoFiring, again.CoFiring);
            Assert.Equal(part.CoFiringLag, again.CoFiringLag);
            for (var i = 0; i < part.Correlation!.Length; i++) Assert.Equal((double)part.Correlation[i], again.Correlation![i], Near);
            // What is measured on a part is right for that part.
            var rows = Enumerable.Range(0, SelectClips).Where(row => Kept(sae, select, budget).Contains(row)).ToHashSet();
            var clips = Dense(sae, select).Where(clip => rows.Contains(clip.Row)).ToList();
            Assert.Equal(part.Info.Clips, clips.Count);
            for (var feature = 0; feature < Features; feature++)
            {
                if (part.CoFiring[feature * 8] is >= 0 and var other) Assert.Equal(Phi(clips, feature, other, 0), part.CoFiringPhi[feature * 8], Near);
            }
        }
    }

    [Fact]
    public void Clips_of_several_lengths_are_measured_each_over_its_own()
    {
        var random = MemorySource.Random(3, Width, Columns, 12);
        using var sae = Sae(SaeArchitecture.Standard);
        var lengths = new[] { 3, 40, 77, Columns };
        var clips = random.Clips().Select(clip => (clip.Row, clip.Split, clip.Columns.narrow(0, 0, lengths[clip.Row % 4]).contiguous().data<float>().ToArray())).ToArray();
        var source = new MemorySource(Width, clips);
        var measures = Build(sae, source, null).Measures;
        Assert.Equal((9, 3 * (37 + 74 + 117)), (measures.Info.Clips, measures.Info.Columns));
        var dense = Dense(sae, source);
        for (var feature = 0; feature < Features; feature++)
        {
            var values = dense.SelectMany(clip => clip.Latents.Select((row, at) => (Group: at, Value: row[feature]))).Where(each => each.Group >= FirstColumn - 1).ToArray();
            if (values.Any(each => each.Value > 0)) Assert.Equal(MeasureTruth.ExplainedByGroup(values), measures.PositionR2[feature], Near);
            if (measures.CoFiring[feature * 8] is >= 0 and var other)
                Assert.Equal(Enumerable.Range(-25, 51).Max(lag => Phi(dense, feature, other, lag)), measures.CoFiringPhiAtLag[feature * 8], Near);
        }
    }

    private static HashSet<int> Kept(SparseAutoencoder sae, MemorySource select, FiringBudget budget)
    {
        var store = new FiringStore(Features, FirstColumn, 0, budget);
        var encoder = new ClipEncoder(sae);
        foreach (var clip in select.Clips())
        {
            encoder.Encode(clip);
            store.Add(encoder.Latents, clip.Row, Columns);
        }
        return [.. store.Clips.Select(clip => clip.Row)];
    }

    private static BuiltFeatureIndex Build(SparseAutoencoder sae, IActivationSource select, IActivationSource? extra, MeasureOptions? measures = null) =>
        FeatureIndexBuilder.Build(sae, select, extra, Origin, new FeatureIndexOptions { Measures = measures ?? new MeasureOptions() }, null, TestContext.Current.CancellationToken);

    private static (MemorySource Select, MemorySource Extra) Sources() =>
        (MemorySource.Random(11, Width, Columns, SelectClips), MemorySource.Random(12, Width, Columns, ExtraClips, "sae-train", 1000));

    /// <summary>An SAE with features that never fire, seldom and often.</summary>
    private static SparseAutoencoder Sae(SaeArchitecture architecture)
    {
        var sae = RandomSae.Create(10, Width, Features, 6, architecture);
        for (var feature = 0; feature < Features; feature++)
        {
            using var bias = sae.BEnc.narrow(0, feature, 1);
            bias.AddInPlace(feature < 3 ? -100f : -0.12f * feature + 1.5f);
        }
        return sae;
    }

    private static SparseAutoencoder Identity(int width) => new(
        new SaeConfig { Architecture = SaeArchitecture.Standard, DIn = width, DSae = width },
        new Dictionary<string, Tensor> { ["W_enc"] = eye(width), ["W_dec"] = eye(width), ["b_enc"] = zeros(width), ["b_dec"] = zeros(width) });

    private static List<(int Row, double[][] Latents)> Dense(SparseAutoencoder sae, MemorySource source)
    {
        var clips = new List<(int, double[][])>();
        foreach (var clip in source.Clips())
        {
            using (clip)
            using (var latents = sae.Encode(clip.Columns)) clips.Add((clip.Row, RandomSae.Rows(latents)));
        }
        return clips;
    }

    private static int Shared(List<(int Row, double[][] Latents)> clips, int one, int other, int lag) => Pairs(clips, one, other, lag).Count(pair => pair.X > 0 && pair.Y > 0);

    private static double Phi(List<(int Row, double[][] Latents)> clips, int one, int other, int lag)
    {
        var pairs = Pairs(clips, one, other, lag).ToArray();
        return MeasureTruth.Pearson([.. pairs.Select(pair => pair.X)], [.. pairs.Select(pair => pair.Y)]) is var phi && double.IsNaN(phi) ? 0 : phi;
    }

    /// <summary>Whether the one fires at column p and the other at p + lag, over all measured p for which both exist.</summary>
    private static IEnumerable<(double X, double Y)> Pairs(List<(int Row, double[][] Latents)> clips, int one, int other, int lag)
    {
        foreach (var (_, latents) in clips)
        {
            for (var at = Math.Max(FirstColumn - 1, FirstColumn - 1 - lag); at < latents.Length && at + lag < latents.Length; at++)
                yield return (latents[at][one] > 0 ? 1 : 0, latents[at + lag][other] > 0 ? 1 : 0);
        }
    }

    /// <summary>Values without meaning: one for every column, one for some, and one that never changes.</summary>
    private sealed class MadeUpSound : IColumnDescriptors
    {
        public IReadOnlyList<string> Names => ["level", "pitch", "constant"];

        public float[][] ValuesOf(int row, int columns)
        {
            var random = new Random(row);
            return
            [
                [.. Enumerable.Range(0, columns).Select(column => MathF.Sin(column / 9f) + random.NextSingle())],
                [.. Enumerable.Range(0, columns).Select(_ => random.Next(3) == 0 ? float.NaN : 60 + 12 * random.NextSingle())],
                [.. Enumerable.Repeat(5f, columns)],
            ];
        }
    }

    private sealed class Reversed(IActivationSource source) : IActivationSource
    {
        public int Width => source.Width;

        public IEnumerable<ClipActivations> Clips() => source.Clips().Reverse();
    }
}
