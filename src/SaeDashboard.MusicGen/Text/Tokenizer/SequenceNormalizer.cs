using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Several normalisers, one after another; none leaves the text as it is. Together they may not make much of little.</summary>
/// <param name="steps">In order.</param>
/// <param name="file">The tokenizer.json, for the message.</param>
internal sealed class SequenceNormalizer(IReadOnlyList<INormalizer> steps, string file) : INormalizer
{
    public string Normalize(string text)
    {
        var most = TokenizerLimits.GrowthFloor + (long)TokenizerLimits.GrowthFactor * text.Length;
        var current = text;
        foreach (var step in steps)
        {
            current = step.Normalize(current);
            if (current.Length > most)
                throw new UserException($"{file}: its normalizer makes {current.Length} characters out of {text.Length}: the file is damaged, "
                    + "or no T5 tokenizer. Fetch it again.");
        }
        return current;
    }
}
