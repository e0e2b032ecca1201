namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Rewrites a text before it is split into words.</summary>
internal interface INormalizer
{
    string Normalize(string text);
}
