using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>
/// How JSON is written in every file of the data folder: camelCase names, enumerations by their camelCase names, text unescaped (so never
/// paste it into HTML), no NaN or infinity (writing one throws). Reading allows comments and a comma too many, since people write some of
/// these files.
/// </summary>
public static class JsonDefaults
{
    /// <summary>Indented: files that hold one value.</summary>
    public static JsonSerializerOptions Data { get; } = Make(indented: true);

    /// <summary>One line a value: JSON lines.</summary>
    public static JsonSerializerOptions Lines { get; } = Make(indented: false);

    /// <summary>Writes enumerations by their names: for options that others make, such as a hub's.</summary>
    public static void AddEnums(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
    }

    /// <summary>Options as <see cref="Data"/> has them, with more converters.</summary>
    public static JsonSerializerOptions Make(bool indented, params JsonConverter[] converters)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = indented,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            AllowTrailingCommas = true,
            ReadCommentHandling = JsonCommentHandling.Skip,
            RespectNullableAnnotations = true,
        };
        AddEnums(options);
        foreach (var converter in converters) options.Converters.Add(converter);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
