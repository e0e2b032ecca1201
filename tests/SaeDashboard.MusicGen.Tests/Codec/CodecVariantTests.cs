using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>Configurations that no golden file has, against <see cref="ReferenceCodec"/>.</summary>
public sealed class CodecVariantTests(ITestOutputHelper output) : IDisposable
{
    private const double Tolerance = 1e-5;

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly AudioEncoderConfig Plain = new(
        SamplingRate: 8000, AudioChannels: 1, NumFilters: 4, HiddenSize: 6, CodebookDim: 6, CodebookSize: 16, UpsamplingRatios: [3, 2],
        NumResidualLayers: 1, KernelSize: 7, LastKernelSize: 7, ResidualKernelSize: 3, DilationGrowthRate: 2, Compress: 2,
        NumLstmLayers: 2, NormType: "weight_norm", UseCausalConv: false, UseConvShortcut: false, PadMode: "reflect", TrimRightRatio: 1,
        Normalize: false);

    private static readonly Dictionary<string, AudioEncoderConfig> Variants = new()
    {
        ["plain"] = Plain,
        ["causal"] = Plain with { UseCausalConv = true },
        ["causal, zeros, half of the overhang cut on the left"] = Plain with { UseCausalConv = true, PadMode = "constant", TrimRightRatio = 0.5 },
        ["causal, all of the overhang cut on the left"] = Plain with { UseCausalConv = true, TrimRightRatio = 0, UpsamplingRatios = [5] },
        ["zeros"] = Plain with { PadMode = "constant", UpsamplingRatios = [4, 1, 3] },
        ["even kernels"] = Plain with { KernelSize = 4, LastKernelSize = 6, ResidualKernelSize = 2, UpsamplingRatios = [2, 5] },
        ["kernels of one"] = Plain with { KernelSize = 1, LastKernelSize = 1, ResidualKernelSize = 1 },
        ["no residual blocks, three lstm layers"] = Plain with { NumResidualLayers = 0, NumLstmLayers = 3, UpsamplingRatios = [7] },
        ["three residual blocks, dilation 3, one lstm layer"] = Plain with { NumResidualLayers = 3, DilationGrowthRate = 3, NumLstmLayers = 1 },
        ["two residual blocks, dilation 1, causal"] = Plain with { NumResidualLayers = 2, DilationGrowthRate = 1, UseCausalConv = true },
        ["convolutions as shortcuts, compress 4"] = Plain with { UseConvShortcut = true, Compress = 4, NumResidualLayers = 2 },
        ["compress 1, even residual kernel dilated"] = Plain with { Compress = 1, ResidualKernelSize = 4, NumResidualLayers = 2 },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("codec-").FullName;

    public static TheoryData<string> Names => [.. Variants.Keys];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void It_codes_as_the_reference_does(string name)
    {
        var random = new RandomCodec(Variants[name], seed: 11);
        random.Save(_folder);
        using var checkpoint = CheckpointTensors.Open(_folder);
        using var codec = new AudioCodec(random.Config, checkpoint);
        // What reads the files alone, without a tensor library, knows it by the same name.
        var files = new List<SafetensorsFile>();
        var tensors = CheckpointIndex.Open(_folder, files);
        Assert.Equal(codec.CodecHash, CodecHash.Of("config.json", JsonSerializer.SerializeToElement(random.Config, SnakeCase), tensors));
        files.ForEach(file => file.Dispose());
        var reference = new ReferenceCodec(random.Config, random.Tensors);
        var worst = 0.0;
        // Whole hops and not, and so short that a mirror finds too few samples.
        foreach (var samples in new[] { 1, 2, 5, 37, 240, 331 })
        {
            using var scope = NewDisposeScope();
            var wave = Noise(samples);
            var latents = codec.Latents(wave);
            worst = Math.Max(worst, Error(TensorData.ToArray(latents), [.. reference.Encode(wave).SelectMany(channel => channel)]));
            var codes = codec.Encode(wave);
            Assert.Equal(((samples - 1) / codec.HopLength) + 1, codes.Frames);
        }
        foreach (var frames in new[] { 1, 2, 3, 40 })
        {
            var codes = Codes(frames);
            var sound = codec.Decode(codes);
            Assert.Equal(frames * codec.HopLength, sound.Length);
            worst = Math.Max(worst, Error(sound, reference.Decode(codes)));
            foreach (var step in new[] { 1, 3 }) worst = Math.Max(worst, Error(Streamed(codec, codes, step), reference.Decode(codes)));
        }
        output.WriteLine($"{name}: {worst:E2}");
        Assert.InRange(worst, 0, Tolerance);
    }

    /// <summary>To leave out what the file has would be another codec.</summary>
    [Fact]
    public void A_file_with_more_than_the_configuration_is_refused()
    {
        new RandomCodec(Plain with { NumLstmLayers = 3, UseConvShortcut = true }, seed: 1).Save(_folder);
        using var checkpoint = CheckpointTensors.Open(_folder);
        string Refused(AudioEncoderConfig config) => Assert.Throws<UserException>(() => new AudioCodec(config, checkpoint)).Message;
        Assert.Contains("lstm.weight_ih_l2", Refused(Plain with { UseConvShortcut = true }));
        Assert.Contains("shortcut", Refused(Plain with { NumLstmLayers = 3 }));
        Assert.Contains("layers.1.block.1", Refused(Plain with { NumLstmLayers = 3, UseConvShortcut = true, Compress = 4 }));
    }

    private static float[] Streamed(AudioCodec codec, CodeGrid codes, int step)
    {
        using var stream = codec.NewStream();
        var samples = new List<float>();
        for (var final = 0; final < codes.Frames;)
        {
            final = Math.Min(codes.Frames, final + step);
            samples.AddRange(stream.Decode(codes, final));
        }
        return [.. samples];
    }

    private static double Error(float[] actual, double[] expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        return actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
    }

    private static float[] Noise(int samples)
    {
        var random = new Random(samples);
        return [.. Enumerable.Range(0, samples).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    private static CodeGrid Codes(int frames)
    {
        var random = new Random(frames);
        var codes = new CodeGrid(RandomCodec.Codebooks, frames);
        for (var codebook = 0; codebook < codes.Codebooks; codebook++)
        {
            for (var frame = 0; frame < frames; frame++) codes[codebook, frame] = random.Next(16);
        }
        return codes;
    }
}
