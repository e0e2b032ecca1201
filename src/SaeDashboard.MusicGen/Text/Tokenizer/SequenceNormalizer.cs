namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Several normalisers, one after another; none leaves the text as it is.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<INormalizer> steps) : INormalizer
{
    public string Normalize(string text) => steps.Aggregate(text, (current, step) => step.Normalize(current));
}
