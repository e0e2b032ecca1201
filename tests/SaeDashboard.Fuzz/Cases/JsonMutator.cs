using System.Globalization;
using System.Text.Json.Nodes;

namespace SaeDashboard.Fuzz.Cases;

/// <summary>
/// Changes one or several places of a JSON text: values become absurd, go missing, stand twice. The result need not be JSON: what no tree
/// can hold (NaN, two equal names, numbers of 10,000 digits) is put into the text afterwards.
/// </summary>
internal sealed class JsonMutator(Random random)
{
    private readonly List<(string Mark, string Raw)> marks = [];

    public string Mutate(string json)
    {
        marks.Clear();
        var root = JsonNode.Parse(json)!;
        var changes = random.Next(3) == 0 ? random.Next(2, 6) : 1;
        for (var change = 0; change < changes; change++)
        {
            // config.json: mostly what is read.
            var (section, name) = ReadFields.Of(random);
            if (random.Next(3) != 0 && root is JsonObject whole && whole[section] is JsonObject fields) fields[name] = Absurd(fields[name]);
            else Change(root);
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
        return Raw(Absurdities.Of(random));
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
}
