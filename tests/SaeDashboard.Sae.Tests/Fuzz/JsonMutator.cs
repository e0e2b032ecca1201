using System.Globalization;
using System.Text.Json.Nodes;

namespace SaeDashboard.Sae.Tests.Fuzz;

/// <summary>Changes a place of a JSON text: a value becomes absurd, goes missing, or is repeated. The result need not be JSON.</summary>
internal static class JsonMutator
{
    private static readonly string[] Absurd =
    [
        "0", "-1", "1", "2", "7", "48", "97", "2147483647", "2147483648", "-2147483648", "9223372036854775807", "1152921504606846976", "1e308", "1e999", "-1e999",
        "1e-320", "0.5", "24.0", "NaN", "true", "false", "null", "\"\"", "\"topk\"", "\"groupmax\"", "\"gated\"", "\"standard\"", "\"jumprelu\"", "\"batchtopk\"",
        "\"layer_norm\"", "\"relu\"", "\"tanh-relu\"", "\"AutoEncoder\"", "\"GatedAutoEncoder\"", "\"CrossCoder\"", "\"MatryoshkaBatchTopKSAE\"", "[]", "{}", "[[]]",
        "[null]", "[1,2,3]", "{\"a\":{}}", "{\"k\":3}", "\"\\ud800\"", "\"\\u0000\"", "\"\\u001b[31m\"", "\"../../etc/passwd\"", "\"layers.99999999999999\"",
        "\"layers.\"", "'x'", "01", "[1,]", "/* */ 3", "{\"x\":1,\"x\":2}",
    ];

    public static string Mutate(Random random, string json)
    {
        var marks = new List<string>();
        var root = JsonNode.Parse(json)!;
        for (var change = random.Next(3) == 0 ? random.Next(2, 6) : 1; change > 0; change--)
            Change(random, root, marks);
        var text = root.ToJsonString();
        for (var i = 0; i < marks.Count; i++)
            text = text.Replace(Quoted(i), marks[i], StringComparison.Ordinal);
        return text;
    }

    private static void Change(Random random, JsonNode node, List<string> marks)
    {
        while (true)
        {
            if (node is JsonObject { Count: > 0 } record)
            {
                var (name, value) = record.ElementAt(random.Next(record.Count));
                if (value is JsonObject or JsonArray && random.Next(3) != 0)
                {
                    node = value;
                    continue;
                }
                switch (random.Next(6))
                {
                    case 0: record.Remove(name); break;
                    case 1: record[Mark($"\"{name}\"", marks)] = Value(random, marks); break;
                    case 2: record[random.Next(2) == 0 ? new string('n', random.Next(1, 5_000)) : Mark("\"\\ud83d\"", marks)] = Value(random, marks); break;
                    default: record[name] = Value(random, marks); break;
                }
            }
            else if (node is JsonArray { Count: > 0 } list)
            {
                list[random.Next(list.Count)] = Value(random, marks);
            }
            return;
        }
    }

    private static JsonValue Value(Random random, List<string> marks) => JsonValue.Create(Mark(random.Next(12) switch
    {
        0 => '"' + new string('x', random.Next(1, 50_000)) + '"',
        1 => new string('[', random.Next(1, 5_000)),
        2 => Nested(random.Next(1, 40)),
        3 => new string('9', random.Next(1, 5_000)),
        _ => Absurd[random.Next(Absurd.Length)],
    }, marks));

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"a\":[", depth)) + "0" + string.Concat(Enumerable.Repeat("]}", depth));

    private static string Mark(string raw, List<string> marks)
    {
        marks.Add(raw);
        return Quoted(marks.Count - 1)[1..^1];
    }

    private static string Quoted(int number) => string.Create(CultureInfo.InvariantCulture, $"\"@@{number}@@\"");
}
