namespace SaeDashboard.Core.Saes;

/// <summary>The format of an SAE folder.</summary>
public enum SaeFormat
{
    /// <summary><c>cfg.json</c>, <c>sae_weights.safetensors</c>: written in the layout of version 6, read also in that of version 5.</summary>
    SaeLens,

    /// <summary><c>cfg.json</c>, <c>sae.safetensors</c>.</summary>
    Sparsify,

    /// <summary><c>config.json</c>, <c>ae.pt</c>.</summary>
    DictionaryLearning,
}

/// <summary>Names and files of the formats.</summary>
public static class SaeFormats
{
    private static readonly (SaeFormat Format, string Name, string Title, string Config, string Weights)[] Table =
    [
        (SaeFormat.SaeLens, "saelens", "SAELens", "cfg.json", "sae_weights.safetensors"),
        (SaeFormat.Sparsify, "sparsify", "sparsify", "cfg.json", "sae.safetensors"),
        (SaeFormat.DictionaryLearning, "dictionary_learning", "dictionary_learning", "config.json", "ae.pt"),
    ];

    /// <summary>"SAELens (cfg.json, sae_weights.safetensors), …": for messages.</summary>
    public static string Known { get; } = string.Join(", ", Table.Select(row => $"{row.Title} ({row.Config}, {row.Weights})"));

    /// <summary>The names on the command line.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Select(row => row.Name)];

    /// <summary>Every format.</summary>
    public static IReadOnlyList<SaeFormat> All { get; } = [.. Table.Select(row => row.Format)];

    /// <summary>The name on the command line.</summary>
    public static string Name(this SaeFormat format) => Row(format).Name;

    /// <summary>The library's name for display.</summary>
    public static string Title(this SaeFormat format) => Row(format).Title;

    /// <summary>The file that holds the configuration.</summary>
    public static string ConfigFile(this SaeFormat format) => Row(format).Config;

    /// <summary>The weights file, which identifies the format.</summary>
    public static string WeightsFile(this SaeFormat format) => Row(format).Weights;

    /// <summary>The format of that name; null: none.</summary>
    public static SaeFormat? Parse(string name)
    {
        foreach (var row in Table)
        {
            if (row.Name == name) return row.Format;
        }
        return null;
    }

    private static (SaeFormat Format, string Name, string Title, string Config, string Weights) Row(SaeFormat format) => Table.First(row => row.Format == format);
}
