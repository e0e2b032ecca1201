namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Replaces one text by another, from the left, without overlaps; the empty text is nowhere found.</summary>
internal sealed class ReplaceTextNormalizer(string found, string content) : INormalizer
{
    public string Normalize(string text) => found.Length == 0 ? text : text.Replace(found, content, StringComparison.Ordinal);
}
