using System.Text.Json;
using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>One object of a Hugging Face configuration file, read field by field; every error names the file and the field.</summary>
internal sealed class ConfigSection
{
    /// <summary>The largest size of a model. Products of two sizes do not overflow, and lists of this length fit in memory.</summary>
    private const int MaxValue = 1 << 20;

    private const int MaxListLength = 1000;

    private readonly string file;
    private readonly string path;
    private readonly JsonElement element;

    private ConfigSection(string file, string path, JsonElement element)
    {
        this.file = file;
        this.path = path;
        this.element = element;
    }

    /// <exception cref="UserException">The file is missing or not a JSON object.</exception>
    public static ConfigSection Open(string file)
    {
        var element = Core.Files.JsonFile.Read<JsonElement>(file);
        if (element.ValueKind != JsonValueKind.Object)
            throw new UserException($"{file} is not a model's configuration: expected a JSON object.");
        return new ConfigSection(file, "", element);
    }

    public ConfigSection Section(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Object } found
            ? new ConfigSection(this.file, $"{this.path}{name}.", found)
            : throw Wrong(name, "expected an object");

    /// <param name="name">The field.</param>
    /// <param name="fallback">Used when the field is missing or null; null: the field is required.</param>
    /// <param name="min">The smallest valid value.</param>
    public int Integer(string name, int? fallback = null, int min = 1)
    {
        if (Find(name) is not { } found) return fallback ?? throw Missing(name);
        if (found.ValueKind != JsonValueKind.Number || !found.TryGetInt32(out var value))
            throw Wrong(name, "expected an integer");
        if (value < min) throw Wrong(name, $"expected at least {min}, got {value}");
        return value <= MaxValue ? value : throw Wrong(name, $"expected at most {MaxValue}, got {value}");
    }

    public double Number(string name, double? fallback = null)
    {
        if (Find(name) is not { } found) return fallback ?? throw Missing(name);
        return found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw Wrong(name, "expected a finite number");
    }

    public bool Flag(string name, bool? fallback = null)
    {
        if (Find(name) is not { } found) return fallback ?? throw Missing(name);
        return found.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? found.GetBoolean()
            : throw Wrong(name, "expected true or false");
    }

    public string Text(string name, string? fallback = null)
    {
        if (Find(name) is not { } found) return fallback ?? throw Missing(name);
        return found.ValueKind == JsonValueKind.String ? found.GetString()! : throw Wrong(name, "expected a string");
    }

    public IReadOnlyList<int> Integers(string name)
    {
        if (Find(name) is not { } found) throw Missing(name);
        if (found.ValueKind != JsonValueKind.Array || found.GetArrayLength() > MaxListLength)
            throw Wrong(name, $"expected a list of at most {MaxListLength} integers");
        var values = new List<int>();
        foreach (var item in found.EnumerateArray())
        {
            values.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var value) && value > 0
                ? value
                : throw Wrong(name, "expected a list of positive integers"));
        }
        return values.Count > 0 ? values : throw Wrong(name, "expected a list of at least one integer, got an empty list");
    }

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Rejects a model with an unsupported setting, by the field's name.</summary>
    public void Require(bool holds, string name, string supported)
    {
        if (holds) return;
        var value = Find(name) is { } found ? found.GetRawText() : "null";
        throw new UserException($"{this.file}: {this.path}{name} is {value}, which is not supported: {supported}.");
    }

    private JsonElement? Find(string name) =>
        this.element.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;

    private UserException Missing(string name) =>
        new($"{this.file}: {this.path}{name} is missing. Is this the config.json of the Hugging Face model?");

    private UserException Wrong(string name, string what) => new($"{this.file}: {this.path}{name}: {what}.");
}
