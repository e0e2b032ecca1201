using SaeDashboard.Core.Features;

namespace SaeDashboard.Core.Tests.Features;

/// <summary>Which features fire in a span: figures, order, and the message they come in.</summary>
public sealed class FiringRankingTests
{
    // Ten frames at 50 a second. Feature 2 is loud everywhere, 5 fires once near the end, 7 fires often and weakly, 9 only at the very start.
    private static readonly SoundReading Message = SoundActivations.Message(10, 50, 4, new Dictionary<int, (List<ushort>, List<float>)>
    {
        [7] = ([5, 6, 7, 8], [0.1f, 0.1f, 0.1f, 0.1f]),
        [2] = ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [9, 9, 9, 9, 9, 9, 9, 9, 9, 10]),
        [9] = ([1, 2], [5, 5]),
        [5] = ([9], [3]),
    });

    private static readonly float[] P99 = [0, 0, 20, 0, 0, 1, 0, 1, 0, 1];

    [Fact]
    public void What_was_sent_is_read_with_features_ascending()
    {
        var sound = SoundActivations.Read(Message);
        Assert.Equal([2, 5, 7, 9], sound.Features.ToArray());
        Assert.Equal((10, 50.0, 4, 0.2), (sound.Frames, sound.FrameRate, sound.FirstColumn, sound.Seconds));
        Assert.Equal([5, 6, 7, 8], sound.Columns(sound.PlaceOf(7)).ToArray());
        Assert.Equal([3f], sound.Values(sound.PlaceOf(5)).ToArray());
        Assert.True(sound.PlaceOf(3) < 0);
    }

    [Fact]
    public void Parts_that_do_not_fit_together_are_refused()
    {
        foreach (var wrong in new[]
        {
            Message with { Starts = Message.Starts[4..] }, Message with { Values = Message.Values[4..] }, Message with { Frames = 9 }, Message with { Frames = 0 },
            Message with { Features = [.. Message.Features.Reverse()] }, Message with { Columns = null! },
        })
            Assert.Throws<UserException>(() => SoundActivations.Read(wrong));
    }

    [Fact]
    public void A_loud_feature_comes_first_by_no_order_that_counts_in_p99()
    {
        var sound = SoundActivations.Read(Message);
        var whole = new FrameSpan(0, 10);
        // Columns 4 … 10 count; feature 9 fires before them.
        Assert.Equal([(5, 3f, 3.0), (2, 10f, 0.5), (7, 0.1f, 0.1)], Ranked(whole, FiringOrder.Max).Select(each => (each.Feature, each.Max, Math.Round(each.MaxMultiple, 3))));
        Assert.Equal([2, 5, 7], Ranked(whole, FiringOrder.Mean).Select(each => each.Feature));
        Assert.Equal([(2, 1.0), (7, 4 / 7.0), (5, 1 / 7.0)], Ranked(whole, FiringOrder.Share).Select(each => (each.Feature, each.Share)));
        Assert.Equal((6 * 9 + 10) / 7.0, Ranked(whole, FiringOrder.Mean)[0].Mean, 1e-9);
        // Frames 4 … 7 are columns 5 … 8.
        Assert.Equal([2, 7], Ranked(new FrameSpan(4, 8), FiringOrder.Share).Select(each => each.Feature));
        Assert.Equal([1.0, 1.0], Ranked(new FrameSpan(4, 8), FiringOrder.Share).Select(each => each.Share));
        Assert.Equal([5, 2], Ranked(new FrameSpan(8, 9), FiringOrder.Max).Select(each => each.Feature));
        // Nothing that counts.
        Assert.Empty(Ranked(new FrameSpan(0, 3), FiringOrder.Max));
        Assert.Equal([2], FiringRanking.Of(sound, whole, FiringOrder.Max, P99, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]).Select(each => each.Feature));

        IReadOnlyList<FiringFigures> Ranked(FrameSpan span, FiringOrder order) => FiringRanking.Of(sound, span, order, P99, []);
    }

    [Fact]
    public void A_feature_without_p99_comes_last()
    {
        var sound = SoundActivations.Read(Message);
        Assert.Equal([2, 7, 5], FiringRanking.Of(sound, new FrameSpan(0, 10), FiringOrder.Max, [0, 0, 20, 0, 0, 0, 0, 1, 0, 1], []).Select(each => each.Feature));
    }

    [Theory]
    [InlineData(null, null, 0, 10)]
    [InlineData(0.04, 0.06, 2, 3)]
    [InlineData(0.045, 0.055, 2, 3)]
    [InlineData(0.035, 0.065, 1, 4)]
    [InlineData(0.0399, 0.0601, 2, 3)] // A thousandth of rounding.
    [InlineData(0.06, 0.06, 3, 4)]
    [InlineData(0.1, 0.05, 5, 6)]
    [InlineData(5.0, 7.0, 9, 10)]
    [InlineData(-1.0, 1e9, 0, 10)]
    public void A_span_is_the_frames_it_touches(double? from, double? to, int first, int end) => Assert.Equal(new FrameSpan(first, end), FrameSpan.Of(from, to, 10, 50));
}
