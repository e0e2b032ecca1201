using System.Text.Json;

namespace SaeDashboard.MusicGen.Tests.Tokenizer;

/// <summary>
/// Where the tokenizer's golden files are: `classic` and `sequence` are the two forms of T5's tokenizer.json in the wild.
/// </summary>
internal static class TokenizerFiles
{
    public static string Folder(string form) => Path.Combine(Repository.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", "tokenizer", form);

    public static string Json(string form) => Path.Combine(Folder(form), "tokenizer.json");

    public static IReadOnlyList<(string Text, int[] Ids)> Cases(string form)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(form), "cases.json")));
        return document.RootElement.EnumerateArray()
            .Select(item => (
                item.GetProperty("text").GetString()!,
                item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()))
            .ToList();
    }
}
