using System.Text.Json;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Support;

/// <summary>A golden checkpoint and what the reference implementation computed with it. Loaded once for all tests.</summary>
internal sealed class GoldenModel
{
    private static readonly Dictionary<string, Lazy<GoldenModel>> Loaded = new[] { "mono", "stereo", "gated-bf16", "sharded-f16", "melody", "demo" }
        .ToDictionary(name => name, name => new Lazy<GoldenModel>(() => new GoldenModel(name)));

    private readonly SafetensorsFile _expected;

    private GoldenModel(string name)
    {
        var folder = FolderOf(name);
        Model = MusicGenModel.Load(folder);
        _expected = SafetensorsFile.Open(Path.Combine(folder, "expected", "expected.safetensors"));
        using var info = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected", "info.json")));
        Prompts = [.. info.RootElement.GetProperty("prompts").EnumerateArray().Select(item => item.GetString()!)];
    }

    public MusicGenModel Model { get; }

    public IReadOnlyList<string> Prompts { get; }

    public static GoldenModel Get(string name) => Loaded[name].Value;

    public static string FolderOf(string name) => name == "demo"
        ? Path.Combine(Repository.Root, "demo", "model")
        : Path.Combine(Repository.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", name);

    public bool Has(string key) => _expected.Contains(key);

    public float[] Floats(string key) => _expected.ReadFloat32(key);

    public IReadOnlyList<long> Shape(string key) => _expected.Entries[key].Shape;

    public CodeGrid Codes(string key) => ReadCodes(_expected, key);

    /// <summary>Greedy codes of all channels, codebooks in the model's order (1L 1R 2L 2R …).</summary>
    public CodeGrid Greedy(string key)
    {
        if (Has($"{key}.codes")) return Codes($"{key}.codes");
        var channels = Enumerable.Range(0, Model.Config.Decoder.AudioChannels).Select(channel => Codes($"{key}.codes.{channel}")).ToArray();
        var all = new CodeGrid(channels[0].Codebooks * channels.Length, channels[0].Frames);
        for (var codebook = 0; codebook < all.Codebooks; codebook++)
        {
            for (var frame = 0; frame < all.Frames; frame++)
                all[codebook, frame] = channels[codebook % channels.Length][codebook / channels.Length, frame];
        }
        return all;
    }

    public static CodeGrid ReadCodes(SafetensorsFile file, string key)
    {
        var shape = file.Entries[key].Shape;
        return CodeGrid.FromValues(Array.ConvertAll(file.ReadInt64(key), value => (short)value), (int)shape[0]);
    }

    /// <summary>max |actual − expected| / max |expected|.</summary>
    public static double Error(Tensor actual, float[] expected)
    {
        var values = TensorData.ToArray(actual);
        Assert.Equal(expected.Length, values.Length);
        return values.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max() / expected.Max(value => Math.Abs((double)value));
    }
}
