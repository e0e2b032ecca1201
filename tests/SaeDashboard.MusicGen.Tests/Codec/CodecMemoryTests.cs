using SaeDashboard.MusicGen.Tests.Support;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>Tensors live outside the garbage collector: these count them, so nothing else may run at the same time.</summary>
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
    public void A_stream_that_is_taken_back_keeps_a_bounded_number_of_tensors_and_frees_them()
    {
        using var golden = new CodecGolden("mono");
        var codes = new Core.Data.CodeGrid(4, 400);
        var before = LiveTensors.Settled();
        using (var stream = golden.Codec.NewStream(new MusicGen.Codec.StreamSettings(Block: 4, Kept: 20)))
        {
            for (var final = 50; final < 400; final += 50)
            {
                stream.Decode(codes, final);
                // Five blocks are 20 frames; one more reaches over each end.
                Assert.InRange(Tensor.TotalCount - before, 2, 9);
            }
            stream.Rewind(335);
            stream.Decode(codes, 400);
        }
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
    public void Encoding_bit_by_bit_keeps_a_bounded_number_of_tensors_and_frees_them()
    {
        using var golden = new CodecGolden("mono");
        var before = LiveTensors.Settled();
        using (var stream = golden.Codec.NewEncoder(10))
        {
            for (var part = 0; part < 20; part++)
            {
                stream.Append(new float[6400]);
                Assert.InRange(Tensor.TotalCount - before, 0, 1);
            }
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_disposed_codec_leaves_no_tensor_behind()
    {
        var before = LiveTensors.Settled();
        using (var golden = new CodecGolden("mono")) Assert.True(Tensor.TotalCount > before);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
