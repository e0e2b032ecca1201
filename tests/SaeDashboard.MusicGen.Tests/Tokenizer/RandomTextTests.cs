using System.Text;
using SaeDashboard.MusicGen.Text;

namespace SaeDashboard.MusicGen.Tests.Tokenizer;

/// <summary>Random texts: any Unicode characters in any order, whole or cut.</summary>
public class RandomTextTests
{
    private static readonly string[] Parts =
    [
        "solo taiko drums", "\u0301", "e\u0301\u0323", "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67\u200d\ud83d\udc66", "\ud83c\uddfa\ud83c\uddf8",
        "\u200d", "\ufe0f", "\ud83d", "\udc68", "<extra_id_0>", "<extra_id_", "</s>", "<unk>", "\u2581", "  ", "\u3000", "\u00a0", "\t\r\n", "\0",
        "\ufdfa", "\uff76\uff9e", "\u1112\u1161\u11ab", "\u0e01\u0e33", "\u202e", "\ufeff", "\u0345", "\ufb01", "\u00ad", "\u2028", "\uffff", "\ue000",
        "\ud834\udd1e", "\udbff\udfff", "0123456789", "\u0644\u0627",
    ];

    [Theory]
    [InlineData("classic")]
    [InlineData("sequence")]
    public void Ten_thousand_random_texts_become_ids_of_the_vocabulary(string form)
    {
        var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json(form));
        var random = new Random(11);
        for (var round = 0; round < 10_000; round++)
        {
            var text = Text(random, random.Next(0, 60));
            var ids = tokenizer.Encode(text);
            Check(tokenizer, ids, text);
            // Torn pairs read as U+FFFD, so a repaired text gives the same.
            if (round % 10 == 0) Assert.Equal(ids, tokenizer.Encode(string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()))));
        }
    }

    [Theory]
    [InlineData("classic")]
    [InlineData("sequence")]
    public void Texts_of_100_kB_become_ids_of_the_vocabulary(string form)
    {
        var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json(form));
        var random = new Random(12);
        for (var round = 0; round < 4; round++) Check(tokenizer, tokenizer.Encode(Text(random, 30_000)), "random");
        foreach (var part in Parts)
        {
            var text = new StringBuilder().Insert(0, part, 100_000 / part.Length).ToString();
            Check(tokenizer, tokenizer.Encode(text), part);
        }
    }

    private static void Check(T5Tokenizer tokenizer, int[] ids, string text)
    {
        Assert.Equal(1, ids[^1]);
        Assert.True(Array.TrueForAll(ids, id => id >= 0 && id < tokenizer.VocabularySize), $"\"{text}\" gives {string.Join(' ', ids)}");
    }

    private static string Text(Random random, int parts)
    {
        var text = new StringBuilder();
        for (var part = 0; part < parts; part++)
        {
            switch (random.Next(4))
            {
                case 0: text.Append(Parts[random.Next(Parts.Length)]); break;
                case 1: text.Append((char)random.Next(0x10000)); break;
                case 2: text.Append((char)random.Next(0x20, 0x7F)); break;
                default:
                    var scalar = random.Next(0x110000 - 0x800);
                    text.Append(new Rune(scalar < 0xD800 ? scalar : scalar + 0x800).ToString());
                    break;
            }
        }
        return text.ToString();
    }
}
