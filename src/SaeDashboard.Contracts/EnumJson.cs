using System.Text.Json;

namespace SaeDashboard.Contracts;

/// <summary>The one form that an enumeration's values have in files, in messages between processes, in pages' attributes and in the database.</summary>
public static class EnumJson
{
    /// <summary>"batchTopK" of <c>BatchTopK</c>.</summary>
    public static string Name<T>(this T value) where T : struct, Enum => Names<T>.ByValue.TryGetValue(value, out var name) ? name : value.ToString();

    /// <summary>The same of a value whose type is known at run time alone.</summary>
    public static string Name(Enum value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return JsonSerializer.SerializeToNode(value, value.GetType(), JsonDefaults.Data)!.ToString();
    }

    /// <summary>The value of that name, upper or lower case; null when there is none.</summary>
    public static T? Parse<T>(string? name) where T : struct, Enum =>
        name is not null && Names<T>.ByName.TryGetValue(name, out var value) ? value : null;

    /// <summary>"waiting, running, …": every name, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(Name)];

    private static class Names<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue = Enum.GetValues<T>().ToDictionary(value => value, value => Name((Enum)value));

        public static readonly Dictionary<string, T> ByName = ByValue.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.OrdinalIgnoreCase);
    }
}
