using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>A checkpoint folder and what the reference computed with its codec.</summary>
internal sealed class CodecGolden : IDisposable
{
    private readonly SafetensorsFile _expected;

    /// <param name="name">A folder under Golden, or "demo" for the shipped model.</param>
    public CodecGolden(string name)
    {
        Folder = FolderOf(name);
        using var checkpoint = CheckpointTensors.Open(Folder);
        Codec = new AudioCodec(MusicGenConfig.Load(Folder).AudioEncoder, checkpoint);
        _expected = SafetensorsFile.Open(Path.Combine(Folder, "expected", "expected.safetensors"));
    }

    public string Folder { get; }

    public AudioCodec Codec { get; }

    public static string FolderOf(string name) =>
        name == "demo" ? Repository.At("demo", "model") : Repository.At("tests", "SaeDashboard.MusicGen.Tests", "Golden", name);

    public IEnumerable<string> Keys => _expected.Entries.Keys;

    /// <summary>One channel of `[channels, samples]`.</summary>
    public float[] Audio(string key, int channel = 0)
    {
        var samples = (int)_expected.Entries[key].Shape[^1];
        return _expected.ReadFloat32(key).AsSpan(channel * samples, samples).ToArray();
    }

    public CodeGrid Codes(string key)
    {
        var shape = _expected.Entries[key].Shape;
        var values = _expected.ReadInt64(key);
        var grid = new CodeGrid((int)shape[0], (int)shape[1]);
        for (var codebook = 0; codebook < grid.Codebooks; codebook++)
            for (var frame = 0; frame < grid.Frames; frame++)
                grid[codebook, frame] = (int)values[codebook * grid.Frames + frame];
        return grid;
    }

    /// <summary>max |actual − expected| / max |expected|</summary>
    public static double RelativeError(float[] actual, float[] expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = actual.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max();
        return worst / expected.Max(Math.Abs);
    }

    public void Dispose()
    {
        _expected.Dispose();
        Codec.Dispose();
    }
}
