using SaeDashboard.Core;
using SaeDashboard.MusicGen;

namespace SaeDashboard.Worker;

/// <summary>What a prompt must satisfy before the model sees it.</summary>
internal static class Prompts
{
    /// <summary>T5's training length; attention is quadratic, and nothing was learned beyond it.</summary>
    public const int MaximumTokens = 512;

    /// <summary>Throws <see cref="UserException"/> when the prompt is longer than the text encoder was trained for.</summary>
    public static void Check(string? prompt, MusicGenModel model)
    {
        if (prompt is null) return;
        var tokens = model.Tokenizer.Encode(prompt).Length;
        if (tokens > MaximumTokens)
            throw new UserException($"The prompt is {prompt.Length:N0} characters, {tokens:N0} tokens; the text encoder was trained on at most {MaximumTokens} tokens. Shorten it.");
    }
}
