using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>What fields of a Hugging Face configuration have in common.</summary>
internal static class ConfigFields
{
    /// <summary>The largest size of a model. Products of two sizes do not overflow, and lists of this length fit in memory.</summary>
    private const int MaxSize = 1 << 20;

    private const int MaxListLength = 1000;

    /// <exception cref="UserException">The file is missing or not a JSON object.</exception>
    public static JsonObjectReader Open(string file) =>
        JsonObjectReader.Open(file, "a model's configuration", hint: " Is this the config.json of the Hugging Face model?");

    /// <summary>An integer that a model of this size can have; required unless there is a fallback.</summary>
    public static int Size(this JsonObjectReader section, string name, int? fallback = null, int min = 1) => section.Integer(name, fallback, min, MaxSize);

    /// <summary>A list of at least one size.</summary>
    public static IReadOnlyList<int> Sizes(this JsonObjectReader section, string name) => section.IntegerList(name, MaxListLength);

    /// <summary>Rejects a model with an unsupported setting, by the field's name.</summary>
    public static void Require(this JsonObjectReader section, bool holds, string name, string supported)
    {
        if (!holds) throw section.Wrong(name, $", which is not supported: {supported}.");
    }
}
