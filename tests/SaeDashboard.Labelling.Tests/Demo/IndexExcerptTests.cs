using System.Buffers.Binary;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Labelling.Scores;
using SaeDashboard.Labelling.Tests.Models;

namespace SaeDashboard.Labelling.Tests.Demo;

/// <summary>Which excerpts a language model hears of the demo's features.</summary>
public sealed class IndexExcerptTests(DemoSae demo) : IClassFixture<DemoSae>
{
    private const int Rate = 1000;

    private static readonly LabellerOptions Options = TestOptions.For(ModelProtocol.Gemini, new Uri("http://127.0.0.1/"));

    [Fact]
    public async Task A_label_is_made_from_the_top_clips_at_their_maxima_and_near_misses()
    {
        var excerpts = new IndexExcerpts(demo.Index, demo.Clips, (row, _) => Task.FromResult(Sound(row)), Options);
        foreach (var feature in new[] { 33, 368, 1484 })
        {
            var request = (await excerpts.LoadAsync(feature, TestContext.Current.CancellationToken))!;
            Assert.Equal(demo.Index.TopClips(feature).Take(10).Select(clip => clip.Row), request.Firing.Select(excerpt => excerpt.Row));
            Assert.Equal(5, request.Contrast.Count);
            Assert.All(request.Firing.Concat(request.Contrast), excerpt =>
            {
                Assert.DoesNotContain(excerpt.Row, demo.Clips.TestRows(feature));
                Assert.Equal(2, excerpt.Seconds);
                // The sound is that of the row.
                Assert.Equal(excerpt.Row, BinaryPrimitives.ReadInt16LittleEndian(excerpt.Wav.AsSpan(44)));
            });
            Assert.All(request.Firing.Zip(demo.Index.TopClips(feature)), pair => Assert.InRange((pair.Second.Column - 1) / 50.0, pair.First.Start, pair.First.Start + 2));
            Assert.Empty(request.Contrast.Select(excerpt => excerpt.Row).Intersect(request.Firing.Select(excerpt => excerpt.Row)));
        }
    }

    [Fact]
    public async Task The_excerpts_of_a_test_are_its_clips_mixed()
    {
        var excerpts = new IndexExcerpts(demo.Index, demo.Clips, (row, _) => Task.FromResult(Sound(row)), Options);
        var loaded = await excerpts.LoadDetectionAsync(33, TestContext.Current.CancellationToken);
        Assert.Equal(demo.Clips.TestRows(33).Order(), loaded.Select(each => each.Clip.Row).Order());
        Assert.All(loaded, each => Assert.Equal(each.Clip.Row, each.Excerpt.Row));
        // The first ten of thirty mixed clips are of one kind once in ten million times.
        Assert.True(loaded.Take(10).Select(each => each.Clip.Kind).Distinct().Count() > 1);
        // A judge that hears which clips fire.
        Assert.Equal(new DetectionScore(1, 1, 10, 10, 10), DetectionScorer.Of([.. loaded.Select(each => each.Clip.Kind)], [.. loaded.Select(each => (double)each.Clip.Value)]));
    }

    [Fact]
    public void The_loudest_part_of_a_clip_is_found()
    {
        var samples = new float[10 * Rate];
        for (var i = 0; i < samples.Length; i++) samples[i] = i is >= 6200 and < 8200 ? 0.5f : 0.1f;
        var excerpt = LabelExcerpt.Loudest(1, new Waveform([samples], Rate));
        Assert.Equal((6.2, 2.0), (excerpt.Start, excerpt.Seconds));
        Assert.Equal(0, LabelExcerpt.Loudest(1, new Waveform([new float[5 * Rate]], Rate)).Start);
        Assert.Equal(0.5, LabelExcerpt.Loudest(1, new Waveform([new float[Rate / 2]], Rate)).Seconds);
    }

    // Every sample is the clip's row: any excerpt of it says which clip it is of.
    private static Waveform Sound(int row)
    {
        var samples = new float[10 * Rate];
        Array.Fill(samples, row / 32768f);
        return new Waveform([samples], Rate);
    }
}
