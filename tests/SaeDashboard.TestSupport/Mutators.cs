using System.Globalization;
using System.Text.Json.Nodes;

namespace SaeDashboard.TestSupport;

/// <summary>Changes a file's bytes without knowing what they mean.</summary>
public static class ByteMutator
{
    /// <param name="random">What to change.</param>
    /// <param name="bytes">The file.</param>
    /// <param name="reach">Only this many bytes from the start are changed: a header is a small part of its file.</param>
    public static byte[] Mutate(Random random, byte[] bytes, int reach)
    {
        if (bytes.Length == 0) return Noise(random, random.Next(0, 2_000));
        reach = Math.Max(1, Math.Min(reach, bytes.Length));
        var place = random.Next(reach);
        switch (random.Next(9))
        {
            case 0: return bytes[..place];
            case 1: return [.. bytes[..place], .. Noise(random, random.Next(1, 200)), .. bytes[place..]];
            case 2: return [.. bytes[..place], .. bytes[Math.Min(bytes.Length, place + random.Next(1, 200))..]];
            case 3: return [.. bytes, .. Noise(random, random.Next(1, 200))];
            case 4: return Noise(random, random.Next(0, 2_000));
            case 5: return [.. bytes[..place], 0xED, 0xA0, 0x80, 0xFF, .. bytes[place..]];
            case 6: return [0xEF, 0xBB, 0xBF, .. bytes];
            default:
                var changed = (byte[])bytes.Clone();
                for (var flips = random.Next(1, 9); flips > 0; flips--) changed[random.Next(reach)] = (byte)random.Next(256);
                return changed;
        }
    }

    private static byte[] Noise(Random random, int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }
}

/// <summary>
/// Changes one or several places of a JSON text: values become absurd, go missing, or are repeated. The result need not be JSON: what no tree
/// can hold (NaN, two equal names, numbers of 10,000 digits) is put into the text afterwards.
/// </summary>
/// <param name="random">What to change.</param>
/// <param name="words">Values in JSON that mean something to the reader under test.</param>
/// <param name="field">Names a field that the reader under test reads: two changes in three go there, where the text has its section.</param>
public sealed class JsonMutator(Random random, IReadOnlyList<string> words, Func<Random, (string Section, string Name)>? field = null)
{
    private static readonly string[] Absurdities =
    [
        "0", "-0", "-1", "1", "2", "3", "7", "48", "64", "97", "1000", "65536", "2000000000", "2147483647", "2147483648", "-2147483648", "4294967296",
        "1152921504606846976", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616",
        "1e308", "-1e308", "1e999", "-1e999", "1e-320", "0.5", "1.0", "24.0", "1e2", "NaN", "Infinity", "\"NaN\"", "\"1\"",
        "true", "false", "null", "\"\"", "\" \"", "[]", "{}", "[[]]", "[null]", "[0]", "[1,2,3]", "[-1]", "[1e999]", "{\"a\":{}}", "[{}]",
        "\"\\ud800\"", "\"\\udc00x\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u001b[31m\"", "\"../../etc/passwd\"", "\"/etc/passwd\"",
        "\"..\"", "\".\"", "'x'", "undefined", "01", "+1", "[1,]", "/* */ 3", "{\"x\":1,\"x\":2}",
    ];

    private readonly List<(string Mark, string Raw)> marks = [];

    public string Mutate(string json)
    {
        marks.Clear();
        var root = JsonNode.Parse(json)!;
        var changes = random.Next(3) == 0 ? random.Next(2, 6) : 1;
        for (var change = 0; change < changes; change++)
        {
            if (field is not null && random.Next(3) != 0 && field(random) is var (section, name) && root is JsonObject whole && whole[section] is JsonObject fields)
                fields[name] = Absurd(fields[name]);
            else
                Change(root);
        }
        var text = root.ToJsonString();
        foreach (var (mark, raw) in marks) text = text.Replace($"\"{mark}\"", raw, StringComparison.Ordinal);
        return text;
    }

    private void Change(JsonNode root)
    {
        var node = root;
        while (true)
        {
            if (node is JsonObject { Count: > 0 } record)
            {
                var (name, value) = record.ElementAt(random.Next(record.Count));
                if (value is JsonObject or JsonArray && random.Next(4) != 0)
                {
                    node = value;
                    continue;
                }
                ChangeMember(record, name, value);
            }
            else if (node is JsonArray { Count: > 0 } list)
            {
                var place = random.Next(list.Count);
                if (list[place] is JsonObject or JsonArray && random.Next(4) != 0)
                {
                    node = list[place]!;
                    continue;
                }
                ChangeItem(list, place);
            }
            return;
        }
    }

    private void ChangeMember(JsonObject record, string name, JsonNode? value)
    {
        switch (random.Next(8))
        {
            case 0: record.Remove(name); break;
            case 1: record[Mark($"\"{name}\"")] = random.Next(2) == 0 ? value?.DeepClone() : Absurd(value); break;
            case 2: record[random.Next(2) == 0 ? new string('n', random.Next(1, 20_000)) : Mark("\"\\ud83d\"")] = Absurd(null); break;
            default: record[name] = Absurd(value); break;
        }
    }

    private void ChangeItem(JsonArray list, int place)
    {
        switch (random.Next(8))
        {
            case 0: list.RemoveAt(place); break;
            case 1: list.Insert(place, list[place]?.DeepClone()); break;
            case 2:
                for (var copy = random.Next(100); copy > 0; copy--) list.Add(list[place]?.DeepClone());
                break;
            default: list[place] = Absurd(list[place]); break;
        }
    }

    private JsonValue Absurd(JsonNode? value)
    {
        if (random.Next(4) == 0 && value is JsonValue number && number.TryGetValue<long>(out var old)) return Raw(Near(old));
        return Raw(random.Next(Absurdities.Length + words.Count + 6) switch
        {
            0 => '"' + new string('x', random.Next(1, 100_000)) + '"',
            1 => new string('[', 70) + new string(']', 70),
            2 => new string('[', random.Next(1, 50_000)),
            3 => Nested(random.Next(1, 60)),
            4 => "[" + string.Join(',', Enumerable.Repeat("1", random.Next(1, 20_000))) + "]",
            5 => new string('9', random.Next(1, 10_000)),
            var index when index < words.Count + 6 => words[index - 6],
            var index => Absurdities[index - words.Count - 6],
        });
    }

    private string Near(long old) => random.Next(7) switch
    {
        0 => unchecked(old + 1).ToString(CultureInfo.InvariantCulture),
        1 => unchecked(old - 1).ToString(CultureInfo.InvariantCulture),
        2 => unchecked(old * 2).ToString(CultureInfo.InvariantCulture),
        3 => unchecked(old * 1000).ToString(CultureInfo.InvariantCulture),
        4 => unchecked(-old).ToString(CultureInfo.InvariantCulture),
        5 => (old / 2).ToString(CultureInfo.InvariantCulture),
        _ => old.ToString(CultureInfo.InvariantCulture) + ".0",
    };

    private JsonValue Raw(string raw) => JsonValue.Create(Mark(raw));

    private string Mark(string raw)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"@@{marks.Count}@@");
        marks.Add((mark, raw));
        return mark;
    }

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"a\":[", depth)) + "0" + string.Concat(Enumerable.Repeat("]}", depth));
}
