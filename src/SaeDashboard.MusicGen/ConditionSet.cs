using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Melody;

namespace SaeDashboard.MusicGen;

/// <summary>The conditions of one request's rows, each made once and kept until the request ends.</summary>
internal sealed class ConditionSet(MusicGenModel model) : IDisposable
{
    // A null text is known by its length alone; of a text it is −1.
    private readonly Dictionary<(string? Prompt, MelodyChroma? Melody, int NullTokens), TextCondition> made = [];

    /// <summary>What each half of a row's guidance sees, the conditional one first: one half where there is nothing to be guided by.</summary>
    /// <param name="prompt">The text; null: none.</param>
    /// <param name="melody">The melody; null: none. A model without melodies is given none.</param>
    /// <param name="guidance">Guided above 1.</param>
    public TextCondition?[] Halves(string? prompt, MelodyChroma? melody, double guidance)
    {
        if (prompt is null && melody is null) return [Null(1)];
        var condition = Of(prompt, melody);
        // The null text is as long as the text it stands beside.
        return guidance > 1 ? [condition, Null(condition.Tokens - (model.Config.Melody?.ChromaLength ?? 0))] : [condition];
    }

    public void Dispose()
    {
        foreach (var condition in made.Values) condition.Dispose();
    }

    private TextCondition Of(string? prompt, MelodyChroma? melody)
    {
        var key = (prompt, melody, prompt is null ? 1 : -1);
        if (made.TryGetValue(key, out var condition)) return condition;
        using var text = prompt is null ? null : model.TextEncoder.Encode(model.Tokenizer.Encode(prompt));
        return made[key] = model.Condition(text, 1, melody)!;
    }

    private TextCondition? Null(int tokens)
    {
        if (model.Config.Melody is null) return null;
        var key = ((string?)null, (MelodyChroma?)null, tokens);
        return made.TryGetValue(key, out var condition) ? condition : made[key] = model.Condition(null, tokens, null)!;
    }
}
