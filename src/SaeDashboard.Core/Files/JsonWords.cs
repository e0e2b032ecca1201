using System.Collections;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaeDashboard.Core.Files;

/// <summary>What System.Text.Json says of a file, without the names of our types: "expected an integer", not "Nullable`1[System.Int32]".</summary>
internal static partial class JsonWords
{
    /// <summary>The message, with the type it names in words. Messages that name none are left as they are.</summary>
    /// <param name="message">System.Text.Json's.</param>
    /// <param name="root">What was read.</param>
    /// <param name="place">Where in it: "$.clips[3].key". Of what a constructor takes, the message itself names only the whole.</param>
    public static string Plain(string message, Type root, string? place)
    {
        if (Conversion().Match(message) is { Success: true } conversion) return $"expected {(At(root, place) is { } type ? Of(type) : Of(conversion.Groups[1].Value))}.{message[(conversion.Index + conversion.Length)..]}";
        if (Missing().Match(message) is { Success: true } missing) return $"required and missing: {missing.Groups[1].Value}.{message[(missing.Index + missing.Length)..]}";
        if (Unknown().Match(message) is { Success: true } unknown) return $"unknown member '{unknown.Groups[1].Value}'.{message[(unknown.Index + unknown.Length)..]}";
        if (Null().Match(message) is { Success: true } nothing) return $"'{JsonNamingPolicy.CamelCase.ConvertName(nothing.Groups[1].Value)}' must not be null.{message[(nothing.Index + nothing.Length)..]}";
        if (Twice().Match(message) is { Success: true } twice) return $"'{twice.Groups[1].Value}' is there twice.{message[(twice.Index + twice.Length)..]}";
        return message;
    }

    /// <summary>"an integer", "a list", "an object", "one of \"train\", \"index\"".</summary>
    public static string Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum) return $"one of {string.Join(", ", Enum.GetNames(type).Select(name => $"\"{JsonNamingPolicy.CamelCase.ConvertName(name)}\""))}";
        if (type == typeof(string)) return "a string";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(float) || type == typeof(double) || type == typeof(decimal)) return "a number";
        if (type == typeof(DateTime) || type == typeof(DateTimeOffset)) return "a time such as \"2026-11-23T10:15:02Z\"";
        if (type.IsPrimitive) return "an integer";
        return type.IsAssignableTo(typeof(IEnumerable)) && !type.IsAssignableTo(typeof(IDictionary)) && !type.Name.Contains("Dictionary", StringComparison.Ordinal) ? "a list" : "an object";
    }

    /// <summary>The type of what is at a place; null: it is not known.</summary>
    private static Type? At(Type root, string? place)
    {
        if (place is not ['$', ..]) return null;
        Type? type = root;
        foreach (Match step in Step().Matches(place))
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            if (step.Groups["item"].Success || type.Name.Contains("Dictionary", StringComparison.Ordinal))
                type = type.IsArray ? type.GetElementType() : type.IsGenericType ? type.GenericTypeArguments[^1] : null;
            else
                type = type.GetProperties().FirstOrDefault(property => string.Equals(property.Name, step.Groups["name"].Value, StringComparison.OrdinalIgnoreCase))?.PropertyType;
            if (type is null) return null;
        }
        return type;
    }

    /// <summary>The same of a type that a message names.</summary>
    private static string Of(string name)
    {
        // "System.Nullable`1[System.Int32]", "System.Collections.Generic.List`1[System.Double]", "SaeDashboard.Core.Runs.RunKind".
        var inner = name.StartsWith("System.Nullable`1[", StringComparison.Ordinal) ? name[18..].TrimEnd(']') : name;
        var type = Type.GetType(inner) ?? AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(inner)).FirstOrDefault(found => found is not null);
        if (type is not null) return Of(type);
        return inner.EndsWith("[]", StringComparison.Ordinal) || inner.Contains("List", StringComparison.Ordinal) ? "a list" : "an object";
    }

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\['(?<name>[^']*)'\]|\[(?<item>\d+)\]")]
    private static partial Regex Step();

    [GeneratedRegex(@"The JSON value could not be converted to (\S+?)\.(?= |$)")]
    private static partial Regex Conversion();

    [GeneratedRegex(@"The (?:constructor parameter|property or field) '([^']+)' on type '[^']*' doesn't allow (?:\w+ )?null values\.(?: Consider updating its nullability annotation\.)?")]
    private static partial Regex Null();

    [GeneratedRegex(@"The JSON property '([^']*)' could not be mapped to any \.NET member contained in type '[^']*'\.")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"Duplicate property '([^']*)' encountered during deserialization of type '[^']*'\.")]
    private static partial Regex Twice();

    [GeneratedRegex(@"JSON deserialization for type '[^']*' was missing required properties including: (.+?)\.(?= Path:| LineNumber:|$)")]
    private static partial Regex Missing();
}
