namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Cuts a text into the words that the model tokenises one by one.</summary>
internal interface IPreTokenizer
{
    /// <param name="text">Normalised text.</param>
    /// <param name="startsText">Whether it stands at the very start of what was to be tokenised.</param>
    IEnumerable<string> Split(string text, bool startsText);
}
