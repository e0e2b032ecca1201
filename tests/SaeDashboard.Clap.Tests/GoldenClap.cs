using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Clap.Tests;

/// <summary>The golden CLAP folder and what the reference implementation computed with it. Loaded once for all tests.</summary>
internal static class GoldenClap
{
    private static readonly Lazy<ClapModel> Loaded = new(() => ClapModel.Load(Folder));
    private static readonly Lazy<SafetensorsFile> Opened = new(() => SafetensorsFile.Open(Path.Combine(Folder, "expected", "expected.safetensors")));

    public static string Folder => Path.Combine(Repository.Root, "tests", "SaeDashboard.Clap.Tests", "Golden", "clap");

    /// <summary>The model; not thread-safe.</summary>
    public static ClapModel Model => Loaded.Value;

    /// <summary>A sound at the model's rate.</summary>
    public static float[] Wave(int number)
    {
        var entry = Opened.Value.Entry($"wave.{number}");
        var bytes = new byte[entry.ByteLength];
        Opened.Value.Read(entry, 0, bytes);
        return [.. bytes.Chunk(sizeof(short)).Select(pair => BitConverter.ToInt16(pair) / 32768f)];
    }

    public static float[] Expected(string key) => Opened.Value.ReadFloat32(key);

    /// <summary>The texts of <c>text_embeds</c>.</summary>
    public static IReadOnlyList<string> Texts()
    {
        using var info = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected", "info.json")));
        return [.. info.RootElement.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
    }

    /// <summary>max |actual − expected|.</summary>
    public static double Error(float[] actual, float[] expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        return actual.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max();
    }
}

/// <summary>A copy of the golden folder whose files a test changes.</summary>
internal sealed class ClapCopy : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ClapCopy()
    {
        foreach (var file in Directory.EnumerateFiles(GoldenClap.Folder)) File.Copy(file, folder[System.IO.Path.GetFileName(file)]);
    }

    public string Path => folder.Path;

    public string this[string file] => folder[file];

    /// <summary>Changes a JSON file.</summary>
    public void Change(string file, Action<JsonNode> change)
    {
        var root = JsonNode.Parse(File.ReadAllText(folder[file]))!;
        change(root);
        File.WriteAllText(folder[file], root.ToJsonString());
    }

    /// <summary>Puts raw JSON in the place of a field, named by its path ("audio_config.spec_size").</summary>
    public void Set(string file, string field, string json) => Change(file, root =>
    {
        var names = field.Split('.');
        names[..^1].Aggregate(root, (node, name) => node[name]!)[names[^1]] = JsonNode.Parse(json);
    });

    public void Dispose() => folder.Dispose();
}
