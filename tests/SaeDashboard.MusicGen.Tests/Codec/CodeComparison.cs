using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>
/// Codes are compared exactly, except where two entries are equally near: there the rest of the frame may go its own way.
/// </summary>
internal static class CodeComparison
{
    private const double Tie = 1e-5;

    public static (int Equal, int Ties) Compare(AudioCodec codec, float[] wave, CodeGrid actual, CodeGrid expected)
    {
        Assert.Equal((expected.Codebooks, expected.Frames), (actual.Codebooks, actual.Frames));
        using var scope = NewDisposeScope();
        var latents = TensorData.ToArray(codec.Latents(wave));
        var codes = Enumerable.Range(0, codec.CodebookSize).Select(code => (long)code).ToArray();
        var entries = Enumerable.Range(0, codec.Codebooks)
            .Select(book => TensorData.ToArray(codec.Quantizer.Entries(book, codes))).ToArray();

        var (equal, ties) = (0, 0);
        for (var frame = 0; frame < expected.Frames; frame++)
        {
            var width = latents.Length / expected.Frames;
            var residual = Enumerable.Range(0, width).Select(channel => (double)latents[channel * expected.Frames + frame]).ToArray();
            for (var codebook = 0; codebook < expected.Codebooks; codebook++)
            {
                var (a, b) = (actual[codebook, frame], expected[codebook, frame]);
                if (a != b)
                {
                    var difference = Math.Abs(Distance(residual, entries[codebook], a) - Distance(residual, entries[codebook], b));
                    Assert.True(
                        difference < Tie, $"codebook {codebook}, frame {frame}: {a} instead of {b}, distances {difference:E2} apart");
                    ties++;
                    break;
                }

                equal++;
                for (var channel = 0; channel < width; channel++) residual[channel] -= entries[codebook][a * width + channel];
            }
        }

        return (equal, ties);
    }

    private static double Distance(double[] residual, float[] entries, int code)
    {
        var sum = 0.0;
        for (var channel = 0; channel < residual.Length; channel++)
        {
            var difference = residual[channel] - entries[code * residual.Length + channel];
            sum += difference * difference;
        }

        return sum;
    }
}
