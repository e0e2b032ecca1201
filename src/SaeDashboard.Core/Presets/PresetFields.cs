using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SaeDashboard.Core.Presets;

/// <summary>
/// Holds a JSON value against the fields of the record it shall become, before it is read: a field that nobody knows is a typing error or
/// another program's file, and passing over it would play something else than its writer meant.
/// </summary>
internal static class PresetFields
{
    /// <summary>Every field known, none twice, none that must be there missing; names where it is not so.</summary>
    public static void Check(JsonElement value, Type type, string file) => Check(value, JsonDefaults.Data.GetTypeInfo(type), "", file);

    private static void Check(JsonElement value, JsonTypeInfo type, string at, string file)
    {
        if (type.Kind == JsonTypeInfoKind.Object && value.ValueKind == JsonValueKind.Object) Fields(value, type, at, file);
        else if (type.Kind == JsonTypeInfoKind.Enumerable && value.ValueKind == JsonValueKind.Array) Items(value, Element(type), at, file);
        else if (type.Kind == JsonTypeInfoKind.Dictionary && value.ValueKind == JsonValueKind.Object) Entries(value, Element(type), at, file);
    }

    private static void Fields(JsonElement value, JsonTypeInfo type, string at, string file)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in value.EnumerateObject())
        {
            var place = Join(at, field.Name);
            var known = type.Properties.FirstOrDefault(each => each.Name == field.Name)
                ?? throw new UserException($"{file}: there is no field “{Shown(place)}” in a preset. Remove it, or see whether its name is mistyped; " +
                    $"{(at.Length == 0 ? "a preset" : at)} has {string.Join(", ", type.Properties.Select(each => each.Name))}.");
            if (!seen.Add(field.Name)) throw new UserException($"{file}: the field “{place}” is there twice. Remove one.");
            Check(field.Value, JsonDefaults.Data.GetTypeInfo(known.PropertyType), place, file);
        }
        foreach (var field in type.Properties)
        {
            // A positional record's parameters have no default: a missing one would silently be 0 or null.
            var wanted = field.IsRequired || field.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false };
            if (wanted && !seen.Contains(field.Name)) throw new UserException($"{file}: the field “{Join(at, field.Name)}” is missing.");
        }
    }

    private static void Items(JsonElement value, JsonTypeInfo type, string at, string file)
    {
        var number = 0;
        foreach (var item in value.EnumerateArray())
        {
            var place = $"{at}[{number++}]";
            if (item.ValueKind == JsonValueKind.Null) throw new UserException($"{file}: {place} is null.");
            Check(item, type, place, file);
        }
    }

    private static void Entries(JsonElement value, JsonTypeInfo type, string at, string file)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in value.EnumerateObject())
        {
            var place = Join(at, entry.Name);
            if (!seen.Add(entry.Name)) throw new UserException($"{file}: “{Shown(place)}” is there twice. Remove one.");
            if (entry.Value.ValueKind == JsonValueKind.Null) throw new UserException($"{file}: {Shown(place)} is null.");
            Check(entry.Value, type, place, file);
        }
    }

    private static JsonTypeInfo Element(JsonTypeInfo type) => JsonDefaults.Data.GetTypeInfo(type.ElementType!);

    private static string Join(string at, string name) => at.Length == 0 ? name : $"{at}.{name}";

    /// <summary>A stranger's text in a message: short, on one line.</summary>
    internal static string Shown(string text)
    {
        var line = new string(text.Select(letter => char.IsControl(letter) ? ' ' : letter).ToArray());
        return line.Length <= 80 ? line : line[..80] + "…";
    }
}
