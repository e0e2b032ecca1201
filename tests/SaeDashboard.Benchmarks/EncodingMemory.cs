using System.Globalization;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Benchmarks;

/// <summary>
/// Peak memory of encoding and decoding with a codec of MusicGen's full size (random weights). The codec is written by one process and used by
/// others, each of which codes one sound, since a process's peak does not fall.
/// </summary>
internal static class EncodingMemory
{
    /// <summary>What the command line calls it: <c>codec-memory write FOLDER</c>, <c>codec-memory encode FOLDER WAV CODES</c>,
    /// <c>codec-memory decode FOLDER CODES WAV</c>.</summary>
    public const string Command = "codec-memory";

    private static readonly AudioEncoderConfig FullSize = new(
        32000, 1, NumFilters: 64, HiddenSize: 128, CodebookDim: 128, CodebookSize: 2048, UpsamplingRatios: [8, 5, 4, 4], NumResidualLayers: 1, KernelSize: 7,
        LastKernelSize: 7, ResidualKernelSize: 3, DilationGrowthRate: 2, Compress: 2, NumLstmLayers: 2, "weight_norm", UseCausalConv: false,
        UseConvShortcut: false, "reflect", 1.0, Normalize: false);

    public static int Run(string[] arguments)
    {
        TorchRuntime.Initialize(Environment.ProcessorCount);
        switch (arguments)
        {
            case ["write", var folder]:
                new RandomCodec(FullSize, seed: 1).Save(folder);
                return 0;
            case ["encode", var folder, var wav, var codes]:
                Encode(folder, wav, codes);
                break;
            case ["decode", var folder, var codes, var wav]:
                Decode(folder, codes, wav);
                break;
            default:
                Console.Error.WriteLine($"{Command} write FOLDER | encode FOLDER WAV CODES | decode FOLDER CODES WAV");
                return 1;
        }
        Console.WriteLine(FormattableString.Invariant($"peak {Peak() / 1024.0:F0} MB"));
        return 0;
    }

    private static void Encode(string folder, string wav, string codes)
    {
        using var codec = Open(folder);
        using var sound = SoundReader.Open(wav);
        using var encoder = codec.NewEncoder();
        foreach (var piece in Resampler.Pieces(sound, codec.SampleRate)) encoder.Append(new Waveform(piece, codec.SampleRate).ToMono());
        encoder.Finish().WriteJson(codes);
    }

    private static void Decode(string folder, string codes, string wav)
    {
        using var codec = Open(folder);
        var grid = CodeGrid.ReadJson(codes);
        WavFile.Write(wav, codec.SampleRate, 1, (long)grid.Frames * codec.HopLength, codec.DecodePieces(grid).Select(piece => new[] { piece }), WavEncoding.Pcm16);
    }

    private static AudioCodec Open(string folder)
    {
        using var checkpoint = CheckpointTensors.Open(folder);
        return new AudioCodec(FullSize, checkpoint);
    }

    /// <summary>kB, of the kernel's record of this process.</summary>
    private static long Peak() => long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))["VmHWM:".Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture);
}
