using System.Text.Json;
using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>One object of a Hugging Face configuration file, read field by field; every error names the file and the field.</summary>
internal sealed class ConfigSection
{
    /// <summary>No size of a model is larger; sizes up to it can be multiplied and listed without a thought.</summary>
    private const int Most = 1 << 20;

    private const int LongestList = 1000;

    private readonly string file;
    private readonly string path;
    private readonly JsonElement element;

    private ConfigSection(string file, string path, JsonElement element)
    {
        this.file = file;
        this.path = path;
        this.element = element;
    }

    /// <exception cref="UserException">The file is missing or is no JSON object.</exception>
    public static ConfigSection Open(string file)
    {
        var element = Core.Files.JsonFile.Read<JsonElement>(file);
        if (element.ValueKind != JsonValueKind.Object)
            throw new UserException($"{file} holds no JSON object: it is not a model's configuration.");
        return new ConfigSection(file, "", element);
    }

    public ConfigSection Section(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Object } found
            ? new ConfigSection(this.file, $"{this.path}{name}.", found)
            : throw Wrong(name, "an object is wanted here");

    /// <param name="name">The field.</param>
    /// <param name="fallback">Taken when the field is missing or null; null: the field is needed.</param>
    /// <param name="least">The smallest value that makes sense.</param>
    public int Integer(string name, int? fallback = null, int least = 1)
    {
        if (Find(name) is not { } found) return fallback ?? throw Missing(name);
        if (found.ValueKind != JsonValueKind.Number || !found.TryGetInt32(out var value))
            throw Wrong(name, "a whole number is wanted here");
        if (value < least) throw Wrong(name, $"{value} is too small: at least {least} is wanted here");
        return value <= Most ? value : throw Wrong(name, $"{value} is too large: at most {Most} is wanted here");
    }

    public double Number(string name, double? fallback = null)
    {
        if (Find(name) is not { } found) return fallback ?? throw Missing(name);
        return found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw Wrong(name, "a finite number is wanted here");
    }

    public bool Flag(string name, bool? fallback = null)
    {
        if (Find(name) is not { } found) return fallback ?? throw Missing(name);
        return found.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? found.GetBoolean()
            : throw Wrong(name, "true or false is wanted here");
    }

    public string Text(string name, string? fallback = null)
    {
        if (Find(name) is not { } found) return fallback ?? throw Missing(name);
        return found.ValueKind == JsonValueKind.String ? found.GetString()! : throw Wrong(name, "a text is wanted here");
    }

    public IReadOnlyList<int> Integers(string name)
    {
        if (Find(name) is not { } found) throw Missing(name);
        if (found.ValueKind != JsonValueKind.Array || found.GetArrayLength() > LongestList)
            throw Wrong(name, $"a list of at most {LongestList} whole numbers is wanted here");
        var values = new List<int>();
        foreach (var item in found.EnumerateArray())
        {
            values.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var value) && value > 0
                ? value
                : throw Wrong(name, "a list of whole numbers from 1 on is wanted here"));
        }
        return values.Count > 0 ? values : throw Wrong(name, "the list is empty");
    }

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Refuses a model that asks for something not built here, by the field's name.</summary>
    public void Require(bool holds, string name, string supported)
    {
        if (holds) return;
        var value = Find(name) is { } found ? found.GetRawText() : "null";
        throw new UserException($"{this.file}: {this.path}{name} is {value}, which is not supported: {supported}.");
    }

    private JsonElement? Find(string name) =>
        this.element.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;

    private UserException Missing(string name) =>
        new($"{this.file}: {this.path}{name} is missing. Is this the config.json that Hugging Face keeps beside the model?");

    private UserException Wrong(string name, string what) => new($"{this.file}: {this.path}{name}: {what}.");
}
