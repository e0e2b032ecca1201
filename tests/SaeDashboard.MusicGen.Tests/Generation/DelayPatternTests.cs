using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.MusicGen.Tests.Generation;

public class DelayPatternTests
{
    [Fact]
    public void Mono_codebooks_follow_one_another()
    {
        var pattern = new DelayPattern(new DecoderConfig(8, 1, 1, 8, 64, 3, 1));
        var codes = CodeGrid.FromValues([1, 2, 11, 12, 21, 22], 3);
        Assert.Equal(5, pattern.Columns(2));
        var ids = new int[15];
        pattern.Write(codes, 0, 5, ids);
        Assert.Equal([64, 64, 64, 1, 64, 64, 2, 11, 64, 64, 12, 21, 64, 64, 22], ids);
    }

    [Fact]
    public void Stereo_channels_share_their_delay()
    {
        var pattern = new DelayPattern(new DecoderConfig(8, 1, 1, 8, 64, 8, 2));
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], pattern.Delays);
        // F frames cost F + 3 steps: the last of these columns is drawn, not computed.
        Assert.Equal(24, pattern.Columns(20));
    }
}
