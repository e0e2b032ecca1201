using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Saes;

/// <summary>Where an SAE of dictionary_learning comes from, in its <c>config.json</c>.</summary>
internal static class DictionaryMetadata
{
    /// <summary>Where the library's own members are kept among the metadata.</summary>
    public const string Member = "dictionary_learning";

    private const string Trainer = "trainer", Buffer = "buffer";

    public static SaeMetadata Parse(JsonMembers json, DictionarySettings settings)
    {
        var (trainer, buffer) = (json.Object(Trainer), json.Object(Buffer));
        var metadata = SaeMetadataJson.Parse(json.Object(SaeMetadataJson.Member));
        buffer.Refuse("io", buffer.Text("io", "out") != "out", "activations in front of a module, or of both sides");
        metadata = metadata with
        {
            ModelName = metadata.ModelName ?? trainer.Text("lm_name", null),
            HookName = metadata.HookName ?? trainer.Text("submodule_name", null),
            ContextSize = metadata.ContextSize ?? buffer.PositiveOrNone("ctx_len"),
        };
        var kept = new JsonObject { [Trainer] = trainer.Json.DeepClone(), [Buffer] = buffer.Json.DeepClone() };
        if (settings.K is { } k) kept["k"] = k;
        if (settings.Threshold is { } threshold && float.IsFinite(threshold)) kept["threshold"] = threshold;
        if (settings.GroupSizes is { } sizes) kept["group_sizes"] = new JsonArray([.. sizes.Select(size => JsonValue.Create(size))]);
        metadata.Others[Member] = kept;
        return metadata;
    }

    public static JsonObject ToJson(SaeConfig config, DictionaryClass kind, DictionarySettings settings)
    {
        var kept = config.Metadata.Others[Member] as JsonObject;
        var trainer = kept?[Trainer]?.DeepClone() as JsonObject ?? new JsonObject { ["trainer_class"] = "SaeDashboard" };
        trainer["dict_class"] = kind.Name;
        trainer["activation_dim"] = config.DIn;
        trainer["dict_size"] = config.DSae;
        trainer["device"] ??= "cpu";
        trainer["layer"] ??= config.Metadata.Layer;
        trainer["lm_name"] ??= config.Metadata.ModelName;
        trainer["submodule_name"] ??= config.Metadata.HookName;
        if (settings.K is { } k && kind.Has(DictionaryClass.K)) trainer["k"] = k;
        return new JsonObject
        {
            [Trainer] = trainer,
            [Buffer] = kept?[Buffer]?.DeepClone() as JsonObject ?? new JsonObject { ["ctx_len"] = config.Metadata.ContextSize },
            [SaeMetadataJson.Member] = SaeMetadataJson.ToJson(config.Metadata, forSaeLens: false, Member),
        };
    }
}
