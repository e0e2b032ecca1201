using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen;

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
