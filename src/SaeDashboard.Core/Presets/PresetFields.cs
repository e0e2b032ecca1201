using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SaeDashboard.Core.Presets;

/// <summary>
/// Checks a JSON value against the fields of its record before it is read: an unknown field is a typing error or means another program's
/// file, and ignoring it would play something other than its author meant.
/// </summary>
internal static class PresetFields
{
    /// <summary>Checks that every field is known, none is duplicated and no required field is missing; the error names the field.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">The record that it is read as.</param>
    /// <param name="file">The file's name, for the message.</param>
    /// <param name="kind">What the file is, for the message.</param>
    public static void Check(JsonElement value, Type type, string file, string kind = "a preset") => new Walk(file, kind).Check(value, JsonDefaults.Data.GetTypeInfo(type), "");

    /// <summary>Untrusted text for a message: short, on one line.</summary>
    internal static string Shown(string text)
    {
        var line = new string(text.Select(letter => char.IsControl(letter) ? ' ' : letter).ToArray());
        return line.Length <= 80 ? line : line[..80] + "…";
    }

    private sealed class Walk(string file, string kind)
    {
        public void Check(JsonElement value, JsonTypeInfo type, string at)
        {
            if (type.Kind == JsonTypeInfoKind.Object && value.ValueKind == JsonValueKind.Object) Fields(value, type, at);
            else if (type.Kind == JsonTypeInfoKind.Enumerable && value.ValueKind == JsonValueKind.Array) Items(value, Element(type), at);
            else if (type.Kind == JsonTypeInfoKind.Dictionary && value.ValueKind == JsonValueKind.Object) Entries(value, Element(type), at);
        }

        private void Fields(JsonElement value, JsonTypeInfo type, string at)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var field in value.EnumerateObject())
            {
                var place = Join(at, field.Name);
                var known = type.Properties.FirstOrDefault(each => each.Name == field.Name) ?? throw Unknown(field.Name, place, type, at);
                if (!seen.Add(field.Name)) throw new UserException($"{file}: the field “{place}” is there twice. Remove one.");
                Check(field.Value, JsonDefaults.Data.GetTypeInfo(known.PropertyType), place);
            }
            foreach (var field in type.Properties)
            {
                // A positional record's parameters have no default: a missing one would silently be 0 or null.
                var wanted = field.IsRequired || field.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false };
                if (wanted && !seen.Contains(field.Name)) throw new UserException($"{file}: the field “{Join(at, field.Name)}” is missing.");
            }
        }

        private UserException Unknown(string name, string place, JsonTypeInfo type, string at)
        {
            var known = type.Properties.Select(each => each.Name).ToArray();
            var meant = Spelling.Nearest(name, known) is { } near ? $"did you mean “{near}”?" : $"{(at.Length == 0 ? kind : at)} has {string.Join(", ", known)}.";
            return new UserException($"{file}: there is no field “{Shown(place)}” in {kind}. Remove it, or correct its name; {meant}");
        }

        private void Items(JsonElement value, JsonTypeInfo type, string at)
        {
            var number = 0;
            foreach (var item in value.EnumerateArray())
            {
                var place = $"{at}[{number++}]";
                if (item.ValueKind == JsonValueKind.Null) throw new UserException($"{file}: {place} is null.");
                Check(item, type, place);
            }
        }

        private void Entries(JsonElement value, JsonTypeInfo type, string at)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var entry in value.EnumerateObject())
            {
                var place = Join(at, entry.Name);
                if (!seen.Add(entry.Name)) throw new UserException($"{file}: “{Shown(place)}” is there twice. Remove one.");
                if (entry.Value.ValueKind == JsonValueKind.Null) throw new UserException($"{file}: {Shown(place)} is null.");
                Check(entry.Value, type, place);
            }
        }

        private static JsonTypeInfo Element(JsonTypeInfo type) => JsonDefaults.Data.GetTypeInfo(type.ElementType!);

        private static string Join(string at, string name) => at.Length == 0 ? name : $"{at}.{name}";
    }
}
