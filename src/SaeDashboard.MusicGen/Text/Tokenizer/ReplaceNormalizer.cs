using System.Text.RegularExpressions;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// Replaces what a pattern finds by a fixed text. The pattern runs without backtracking, so that no prompt can make it slow;
/// a pattern that needs backtracking is refused with <see cref="NotSupportedException"/>.
/// </summary>
internal sealed class ReplaceNormalizer : INormalizer
{
    private readonly Regex pattern;
    private readonly string content;

    public ReplaceNormalizer(string pattern, string content)
    {
        this.pattern = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        // In .NET a dollar sign in the replacement means a group; here it is text.
        this.content = content.Replace("$", "$$", StringComparison.Ordinal);
    }

    public string Normalize(string text) => this.pattern.Replace(text, this.content);
}
