using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Sae.Steering.Trials;

namespace SaeDashboard.Sae.Tests.Steering.Trials;

/// <summary>The tagger, on sounds whose classes are certain: tones of two pitches, alone, together or not at all, in noise.</summary>
public sealed class SoundTaggerTests : IDisposable
{
    private const int Rate = 16_000, Hop = 320, Frames = 100;

    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_learns_which_tone_sounds_and_is_the_same_when_trained_again()
    {
        string[] classes = ["high", "low"];
        var weights = Train(classes);
        Assert.All(weights.Auroc, auroc => Assert.InRange(auroc, 0.97f, 1));
        Assert.All(weights.Accuracy, accuracy => Assert.InRange(accuracy, 0.9f, 1));
        Assert.Equal(weights.Hash, Train(classes).Hash);

        var path = folder.In("tagger.safetensors");
        Assert.Null(SoundTagger.TryLoad(path, "key"));
        SoundTagger.Save(path, weights, "key");
        Assert.Null(SoundTagger.TryLoad(path, "another dataset"));
        var read = SoundTagger.TryLoad(path, "key")!;
        Assert.Equal(weights.Hash, read.Hash);
        Assert.Equal(weights.Auroc, read.Auroc);

        var tagger = new SoundTagger(read, Rate, Hop);
        Assert.Equal(classes, tagger.Classes);
        double Share(int kind, int concept) => tagger.Tag(Sound(kind, 99), Frames).Chunk(2).Average(frame => (double)frame[concept]);
        Assert.InRange(Share(0, 0), 0, 0.3);
        Assert.InRange(Share(1, 0), 0.7, 1);
        Assert.InRange(Share(2, 0), 0, 0.3);
        Assert.InRange(Share(2, 1), 0.7, 1);
        Assert.InRange(Share(3, 1), 0.7, 1);

        File.WriteAllBytes(path, File.ReadAllBytes(path)[..200]);
        Assert.Throws<UserException>(() => SoundTagger.TryLoad(path, "key"));
    }

    [Fact]
    public void The_best_threshold_is_that_of_brute_force()
    {
        var random = new Random(4);
        for (var trial = 0; trial < 20; trial++)
        {
            var signs = Enumerable.Range(0, 40).Select(_ => (sbyte)(random.Next(3) - 1)).ToArray();
            var values = signs.Select(sign => (float)Math.Round(sign + 2 * random.NextDouble(), 1)).ToArray();
            double Balanced(float threshold) =>
                (signs.Zip(values).Where(pair => pair.First > 0).Average(pair => pair.Second >= threshold ? 1.0 : 0) + signs.Zip(values).Where(pair => pair.First < 0).Average(pair => pair.Second < threshold ? 1.0 : 0)) / 2;
            var best = values.Max(Balanced);
            Assert.Equal(best, Balanced(TaggerTraining.BestThreshold([.. values], [.. signs])), 1e-12);
        }
        Assert.True(float.IsNaN(TaggerTraining.BestThreshold([1f, 2f], [FrameLabels.Positive, FrameLabels.Positive])));
    }

    [Fact]
    public void The_spectrum_has_its_tone_in_its_band_and_nothing_depends_on_what_follows()
    {
        var frames = new LogMelFrames(Rate, Hop);
        var low = frames.Of(Tone(200), Frames);
        var high = frames.Of(Tone(3000), Frames);
        int Loudest(float[] inputs) => Enumerable.Range(0, 48).MaxBy(band => inputs[50 * LogMelFrames.Inputs + band]);
        // 2595 · log₁₀(1 + f / 700): 40 Hz is 61, 8000 Hz is 2840 mel, and 48 bands lie between at 56.7 each.
        Assert.Equal((283 - 61) / 56.7 - 1, Loudest(low), 1.0);
        Assert.Equal((1876 - 61) / 56.7 - 1, Loudest(high), 1.0);
        // A steady tone has no deviation within the half second.
        Assert.InRange(low[50 * LogMelFrames.Inputs + 3 * 48 + Loudest(low)], 0, 0.02);
        Assert.Equal(Frames * LogMelFrames.Inputs, low.Length);
        Assert.All(frames.Of(new float[Rate], 50), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Log_odds_are_finite_at_the_ends()
    {
        Assert.Equal(0, SoundTagger.LogOdds(0.5), 1e-12);
        Assert.Equal(Math.Log(3), SoundTagger.LogOdds(0.75), 1e-12);
        Assert.Equal(-SoundTagger.LogOdds(1), SoundTagger.LogOdds(0), 1e-9);
        Assert.True(double.IsFinite(SoundTagger.LogOdds(0)));
    }

    private TaggerWeights Train(string[] classes)
    {
        // Kinds 0 … 3: none, high, low, both, for the whole clip.
        File.WriteAllLines(folder.In("annotations.jsonl"), Enumerable.Range(0, 48).Select(clip => JsonSerializer.Serialize(new
        {
            id = $"clip{clip}",
            spans = new[] { (Name: "high", On: clip % 4 is 1 or 3), (Name: "low", On: clip % 4 >= 2) }.Where(one => one.On).ToDictionary(one => one.Name, _ => new[] { new[] { 0.0, 2.0 } }),
        })));
        var annotations = Annotations.Load(folder.Path);
        Assert.Equal(classes, TaggedFrames.ClassesOf(annotations));
        TaggedFrames Set(int from, int to)
        {
            var set = new TaggedFrames(classes, Rate, Hop);
            for (var clip = from; clip < to; clip++) set.Add(Sound(clip % 4, clip), Frames, annotations, $"clip{clip}", 0, 2);
            return set;
        }
        return TaggerTraining.Train(classes, Set(0, 32), Set(32, 48), epochs: 60, seed: 1);
    }

    private static float[] Tone(double frequency) => [.. Enumerable.Range(0, Frames * Hop).Select(i => (float)(0.3 * Math.Sin(2 * Math.PI * frequency * i / Rate)))];

    private static float[] Sound(int kind, int seed)
    {
        var random = new Random(seed);
        var (high, low) = (Tone(2000 + 400 * random.NextDouble()), Tone(200 + 40 * random.NextDouble()));
        return [.. Enumerable.Range(0, Frames * Hop).Select(i => (float)(0.02 * (random.NextDouble() - 0.5)) + (kind is 1 or 3 ? high[i] : 0) + (kind >= 2 ? low[i] : 0))];
    }
}
