using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Core.TorchFiles;

namespace SaeDashboard.Core.Tests.Files;

/// <summary>A clone made without Git LFS holds a few lines of text in place of each large file, under the file's own name.</summary>
public sealed class LfsPointerTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345678\n";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, Action<string>> Readers => new()
    {
        { "model.safetensors", path => SafetensorsFile.Open(path).Dispose() },
        { "ae.pt", path => TorchFile.Open(path).Dispose() },
        { "config.json", path => JsonFile.Read<Dictionary<string, string>>(path) },
        { "metadata.jsonl", path => _ = JsonLines.Read<Dictionary<string, string>>(path, tolerateTornEnd: false).Count() },
        { "codes.json", path => CodeGrid.ReadJson(path) },
        { "clip.wav", path => SoundReader.Open(path).Dispose() },
        { "clip.mp3", path => SoundReader.Open(path).Dispose() },
        { "tokenizer.json", path => WholeFile.Read(path) },
        { "preset.json", path => PresetFile.Read(path) },
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_pointer_in_place_of_a_file_is_called_one_and_says_how_to_fetch_the_file(string name, Action<string> read)
    {
        var path = folder[name];
        File.WriteAllText(path, Pointer);
        var error = Assert.Throws<UserException>(() => read(path)).Message;
        Assert.Contains($"{path} is a Git LFS pointer", error, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", error, StringComparison.Ordinal);
        Assert.Contains("12345678 bytes", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cfg.json", "sae_weights.safetensors")]
    [InlineData("config.json", "ae.pt")]
    public void So_it_is_in_an_SAE_folder(string config, string weights)
    {
        File.WriteAllText(folder[weights], Pointer);
        File.WriteAllText(folder[config], Pointer);
        Assert.Contains("is a Git LFS pointer", Assert.Throws<UserException>(() => SaeFolders.Inspect(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_begins_like_one_is_read()
    {
        var path = folder["notes.txt"];
        var text = "version https://git-lfs.github.com/spec/v1 is what a pointer begins with.\n" + new string('x', 2000);
        File.WriteAllText(path, text);
        Assert.Equal(text.Length, WholeFile.Read(path).Length);
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1");
        Assert.Equal(42, WholeFile.Read(path).Length);
    }
}
