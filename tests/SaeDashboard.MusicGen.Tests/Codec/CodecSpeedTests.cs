using System.Diagnostics;
using SaeDashboard.Core.Data;

namespace SaeDashboard.MusicGen.Tests.Codec;

public class CodecSpeedTests(ITestOutputHelper output)
{
    /// <summary>The figure to look at is printed; what is asserted leaves room for a busy machine.</summary>
    [Fact]
    public void Ten_seconds_of_the_shipped_model_are_coded_and_decoded_much_faster_than_they_sound()
    {
        using var golden = new CodecGolden("demo");
        var random = new Random(3);
        var codes = new CodeGrid(golden.Codec.Codebooks, 512);
        for (var codebook = 0; codebook < codes.Codebooks; codebook++)
            for (var frame = 0; frame < codes.Frames; frame++)
                codes[codebook, frame] = random.Next(golden.Codec.CodebookSize);

        var sound = golden.Codec.Decode(codes);
        Assert.Equal(512 * 320, sound.Length);
        var decode = Best(() => golden.Codec.Decode(codes));
        var encode = Best(() => golden.Codec.Encode(sound));
        output.WriteLine($"10.24 s: decoded in {decode:F3} s, encoded in {encode:F3} s");
        Assert.True(decode < 15 && encode < 15, $"decode {decode:F2} s, encode {encode:F2} s");
    }

    private static double Best(Action action) => Enumerable.Range(0, 3).Min(_ =>
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    });
}
