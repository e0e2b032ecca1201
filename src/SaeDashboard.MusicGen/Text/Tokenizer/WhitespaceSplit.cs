namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Cuts at Unicode white space and drops it.</summary>
internal sealed class WhitespaceSplit : IPreTokenizer
{
    public IEnumerable<string> Split(string text, bool startsText) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
