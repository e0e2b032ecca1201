using System.Text;
using SaeDashboard.MusicGen.Text;

namespace SaeDashboard.Benchmarks;

/// <summary>
/// How a tokenizer's time grows with the text: 1 is linear (four times the text in four times the time), 4 would be quadratic.
/// </summary>
internal sealed class TokenizerLength : IBenchmark
{
    private const int Short = 100_000, Times = 4;

    private static readonly (string Name, string Unit)[] Texts =
    [
        ("words", "solo taiko drums, fast "), ("one word", "guitar"), ("one grapheme", "\u0301"), ("spaces", " "), ("emoji", "\ud83d\udc68\u200d\ud83d\udc69"),
        ("added tokens begun", "<extra_id_9"), ("unknown", "\u30ab"), ("half pairs", "\ud83d"),
    ];

    public string Name => "tokenizer-length";

    public IEnumerable<Figure> Run()
    {
        using var tokenizer = T5Tokenizer.Load(Path.Combine(Repository.Root, "demo", "model", "tokenizer.json"));
        foreach (var (name, unit) in Texts)
        {
            double Seconds(int length)
            {
                var text = new StringBuilder().Insert(0, unit, length / unit.Length).ToString();
                return Clock.Median(() => tokenizer.Encode(text), 5);
            }
            var once = Seconds(Short);
            yield return new($"tokenizer, {name}: 100,000 characters", once * 1e3, "ms");
            yield return new($"tokenizer, {name}: growth beyond linear", Seconds(Short * Times) / once / Times, "×");
        }
    }
}
