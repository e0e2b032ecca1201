namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Several cuts, one after another; none leaves the text in one piece.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> steps) : IPreTokenizer
{
    public IEnumerable<string> Split(string text, bool startsText)
    {
        IEnumerable<(string Text, bool StartsText)> words = text.Length == 0 ? [] : [(text, startsText)];
        foreach (var step in steps)
            words = words.SelectMany(word => step.Split(word.Text, word.StartsText)
                .Select((part, index) => (part, word.StartsText && index == 0)));
        return words.Select(word => word.Text);
    }
}
