using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.SelfTest;

/// <summary>A small checkpoint with random weights, and what the reference implementation computed with it.</summary>
internal sealed class Golden : IDisposable
{
    private readonly SafetensorsFile expected;
    private readonly JsonElement info;

    /// <exception cref="UserException">A file is missing or damaged.</exception>
    public Golden(string folder, ModelOptions options)
    {
        Folder = folder;
        Name = Path.GetFileName(folder);
        info = JsonFile.Read<JsonElement>(Path.Combine(folder, "expected", "info.json"));
        expected = SafetensorsFile.Open(Path.Combine(folder, "expected", "expected.safetensors"));
        try
        {
            Model = MusicGenModel.Load(folder, options);
        }
        catch
        {
            expected.Dispose();
            throw;
        }
    }

    public string Folder { get; }

    public string Name { get; }

    public MusicGenModel Model { get; }

    public int Channels => Model.Config.Decoder.AudioChannels;

    public IReadOnlyList<string> Prompts => [.. info.GetProperty("prompts").EnumerateArray().Select(item => item.GetString()!)];

    /// <summary>Texts with the ids they become.</summary>
    public IEnumerable<(string Text, int[] Ids)> Tokenized => info.GetProperty("cases").EnumerateArray()
        .Where(item => item.TryGetProperty("ids", out _))
        .Select(item => (item.GetProperty("prompt").GetString()!, item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()));

    public bool Has(string key) => expected.Contains(key);

    public float[] Floats(string key) => expected.ReadFloat32(key);

    /// <summary>Codes <c>[codebooks, frames]</c>.</summary>
    public CodeGrid Codes(string key) => Codes(expected, key);

    public static CodeGrid Codes(SafetensorsFile file, string key) =>
        CodeGrid.FromValues(Array.ConvertAll(file.ReadInt64(key), value => checked((short)value)), (int)file.Entry(key).Shape[0]);

    public void Dispose()
    {
        Model.Dispose();
        expected.Dispose();
    }
}

/// <summary>How far apart two results are.</summary>
internal static class Errors
{
    /// <summary>max |actual − expected| / max |expected|; infinite when the sizes differ.</summary>
    public static double Relative(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        if (actual.Length != expected.Length) return double.PositiveInfinity;
        var (worst, largest) = (0.0, 0.0);
        for (var index = 0; index < actual.Length; index++)
        {
            if (!float.IsFinite(actual[index])) return double.NaN;
            worst = Math.Max(worst, Math.Abs((double)actual[index] - expected[index]));
            largest = Math.Max(largest, Math.Abs((double)expected[index]));
        }
        return worst / largest;
    }

    /// <summary><see cref="Relative"/> of a tensor's elements: a name of its own, as TorchSharp's tensors are made of arrays implicitly.</summary>
    public static double RelativeOf(Tensor actual, ReadOnlySpan<float> expected) => Relative(TensorData.ToArray(actual), expected);

    /// <summary>Codes that differ; infinite when the sizes do.</summary>
    public static double Codes(CodeGrid actual, CodeGrid expected)
    {
        if (actual.Codebooks != expected.Codebooks || actual.Frames != expected.Frames) return double.PositiveInfinity;
        var differing = 0;
        for (var index = 0; index < actual.Values.Length; index++)
        {
            if (actual.Values[index] != expected.Values[index]) differing++;
        }
        return differing;
    }

    /// <summary>Frames with a code that differs.</summary>
    public static double Frames(CodeGrid actual, CodeGrid expected) =>
        actual.Codebooks != expected.Codebooks || actual.Frames != expected.Frames
            ? double.PositiveInfinity
            : Enumerable.Range(0, actual.Frames).Count(frame =>
                Enumerable.Range(0, actual.Codebooks).Any(codebook => actual[codebook, frame] != expected[codebook, frame]));

    /// <summary>One channel of a piece whose codebooks come as 1L 1R 2L 2R ….</summary>
    public static CodeGrid Channel(CodeGrid codes, int channel, int channels)
    {
        var one = new CodeGrid(codes.Codebooks / channels, codes.Frames);
        for (var codebook = 0; codebook < one.Codebooks; codebook++)
        {
            for (var frame = 0; frame < one.Frames; frame++) one[codebook, frame] = codes[codebook * channels + channel, frame];
        }
        return one;
    }
}
