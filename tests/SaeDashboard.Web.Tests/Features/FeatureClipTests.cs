using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>What is drawn over a clip is where the index says that the feature fires.</summary>
public sealed class FeatureClipTests
{
    [Fact]
    public void The_strips_maximum_is_at_the_indexs_time_in_every_clip_of_every_feature()
    {
        var set = DemoFeatures.Set;
        var checkedClips = 0;
        for (var feature = 0; feature < set.Index.Count; feature++)
        {
            var top = set.Index.TopClips(feature);
            for (var rank = 0; rank < top.Count; rank++)
            {
                if (top[rank].Column == 0) continue; // the start token: before the sound
                var clip = FeatureEndpoints.Make(set, feature, rank, library: null);
                var strongest = clip.Values.Max();
                var frames = clip.Frames.Where((_, i) => clip.Values[i] == strongest).ToArray();
                Assert.Equal(1, strongest, 3);
                // Column c is frame c − 1, and frame f sounds at f / rate.
                Assert.Contains(top[rank].Column - 1, frames);
                Assert.Equal((top[rank].Column - 1) / set.Index.Info.FrameRate, clip.Seconds, 3);
                Assert.True(clip.Seconds < clip.Duration);
                checkedClips++;
            }
        }
        Assert.True(checkedClips > 20_000, $"{checkedClips} clips");
    }

    [Fact]
    public void A_clip_carries_what_it_takes_to_draw_and_hear_it()
    {
        var set = DemoFeatures.Set;
        var clip = FeatureEndpoints.Make(set, 1337, 0, library: null);
        var top = set.Index.TopClips(1337)[0];
        Assert.Equal(set.Clips!.Clips[top.Row].Caption, clip.Caption);
        Assert.Equal(top.Value, clip.Value, 3);
        Assert.Equal($"api/v1/datasets/demo/clips/{top.Row}.wav", clip.Sound);
        Assert.Equal($"api/v1/datasets/demo/clips/{top.Row}/peaks", clip.PeaksAddress);
        Assert.Null(clip.Peaks);
        Assert.Equal(10.24, clip.Duration, 3);
        Assert.All(clip.Frames, frame => Assert.InRange(frame, 0, set.Clips.Frames - 1));
        Assert.Equal(clip.Frames.Order(), clip.Frames);
    }

    [Fact]
    public void Every_example_clip_is_drawn_as_its_group_says()
    {
        var set = DemoFeatures.Set;
        var (drawn, silent) = (0, 0);
        for (var feature = 0; feature < set.Index.Count; feature += 7)
        {
            var largest = set.Index.TopClips(feature) is [var top, ..] ? top.Value : 0;
            for (var group = 0; group < set.Index.ExampleGroups.Count; group++)
            {
                var what = set.Index.ExampleGroups[group];
                foreach (var example in set.Index.Examples(feature, group))
                {
                    var clip = FeatureEndpoints.Make(set, feature, set.Index.Info.TopClips + example.Place, library: null);
                    Assert.Equal((example.Row, set.Clips!.Clips[example.Row].Caption), (clip.Row, clip.Caption));
                    if (what.Kind == Core.Features.ExampleKind.Interval) Assert.InRange(example.Value, what.Above * largest, what.UpTo * largest * 1.000001);
                    if (what.Kind == Core.Features.ExampleKind.NearMiss) Assert.Equal(0, example.Value);
                    if (example.Value > 0) Assert.Contains(example.Column - 1, clip.Frames);
                    else Assert.Empty(clip.Frames);
                    _ = example.Value > 0 ? drawn++ : silent++;
                }
            }
        }
        Assert.True(drawn > 2_000 && silent > 800, $"{drawn} in which it fires, {silent} in which it is silent");
    }

    [Fact]
    public void A_number_beyond_the_clips_is_no_clip()
    {
        var set = DemoFeatures.Set;
        var places = set.Index.Info.TopClips + set.Index.ExampleGroups.Sum(group => group.Places);
        Assert.NotNull(set.ClipOf(1337, places - 1));
        foreach (var number in new[] { -1, places, int.MaxValue, int.MinValue }) Assert.Null(set.ClipOf(1337, number));
    }
}
