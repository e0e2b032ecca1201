using SaeDashboard.MusicGen.Tests.Support;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>Tensors live outside the garbage collector: these count them, so nothing else may run beside.</summary>
[Collection(nameof(Alone))]
public class CodecMemoryTests
{
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public class Alone;

    [Fact]
    public void Coding_leaves_no_tensor_behind()
    {
        using var golden = new CodecGolden("mono");
        var wave = golden.Audio("encodec.wave");
        golden.Codec.Decode(golden.Codec.Encode(wave));

        var before = LiveTensors.Settled();
        golden.Codec.Decode(golden.Codec.Encode(wave));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Decoding_bit_by_bit_leaves_no_tensor_behind_wherever_it_stops()
    {
        using var golden = new CodecGolden("mono");
        var codes = golden.Codes("encodec.codes");
        foreach (var final in new[] { 9, codes.Frames })
        {
            var before = LiveTensors.Settled();
            using (var stream = golden.Codec.NewStream())
            {
                stream.Decode(codes, 5);
                stream.Decode(codes, final);
            }
            Assert.Equal(before, Tensor.TotalCount);
        }
    }

    [Fact]
    public void A_disposed_codec_leaves_no_tensor_behind()
    {
        var before = LiveTensors.Settled();
        using (var golden = new CodecGolden("mono")) Assert.True(Tensor.TotalCount > before);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
