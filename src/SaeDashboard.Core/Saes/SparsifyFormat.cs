using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Saes;

/// <summary>
/// sparsify folders, one per hook point: <c>cfg.json</c> and <c>sae.safetensors</c> (<c>encoder.weight [F, d]</c>, <c>encoder.bias [F]</c>, <c>W_dec [F, d]</c>,
/// <c>b_dec [d]</c>). p = ReLU((x − b_dec)·Wᵀ + b), then the k largest, or the largest of each of k groups.
/// </summary>
internal static class SparsifyFormat
{
    /// <summary>The metadata member that keeps the library's settings without effect here.</summary>
    private const string Member = "sparsify";

    private const string EncoderWeight = "encoder.weight", EncoderBias = "encoder.bias";

    private static readonly (string Name, SaeArchitecture Value)[] Activations = [("topk", SaeArchitecture.TopK), ("groupmax", SaeArchitecture.GroupMax)];

    /// <summary>Training settings: normalisation of the decoder, further terms of the loss.</summary>
    private static readonly string[] Kept = ["expansion_factor", "normalize_decoder", "multi_topk"];

    public static OpenSae Open(string folder)
    {
        var config = Parse(JsonObjectReader.Open(Path.Combine(folder, SaeFormat.Sparsify.ConfigFile()), SaeMetadataJson.Kind, unique: true), folder);
        var file = SafetensorsFile.Open(Path.Combine(folder, SaeFormat.Sparsify.WeightsFile()));
        try
        {
            long[] matrix = [config.DSae, config.DIn];
            (string, long[])[] wanted = [("W_dec", matrix), ("b_dec", [config.DIn]), (EncoderBias, [config.DSae]), (EncoderWeight, matrix)];
            SaeTensorCheck.Require(file.Path, file.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Shape), wanted, [],
                $"{config.Architecture.Name()} SAE", $"{SaeFormat.Sparsify.ConfigFile()} (d_in {config.DIn}, {config.DSae} latents)");
            return new OpenSae(config, file, name => name switch
            {
                "W_enc" => RowMajor.Transpose(file.ReadFloat32(EncoderWeight), config.DSae, config.DIn),
                "b_enc" => file.ReadFloat32(EncoderBias),
                _ => file.ReadFloat32(name),
            });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static void Write(string folder, SaeContents sae)
    {
        var config = sae.Config;
        if (!config.Architecture.HasK()) throw SaeConversion.CannotSay(SaeFormat.Sparsify, $"{config.Architecture.Name()} SAEs");
        SaeConversion.RequirePlain(SaeFormat.Sparsify, config);
        var kept = config.Metadata.Others[Member] as JsonObject ?? [];
        var json = new JsonObject
        {
            ["activation"] = Activations.First(entry => entry.Value == config.Architecture).Name,
            ["expansion_factor"] = kept["expansion_factor"]?.DeepClone() ?? Math.Max(1, config.DSae / config.DIn),
            ["normalize_decoder"] = kept["normalize_decoder"]?.DeepClone() ?? false,
            ["num_latents"] = config.DSae,
            ["k"] = config.K,
            ["multi_topk"] = kept["multi_topk"]?.DeepClone() ?? false,
            ["skip_connection"] = false,
            ["transcode"] = false,
            ["d_in"] = config.DIn,
            [SaeMetadataJson.Member] = SaeMetadataJson.ToJson(config.Metadata, forSaeLens: false, Member),
        };
        AtomicFile.WriteJson(Path.Combine(folder, SaeFormat.Sparsify.ConfigFile()), json);
        var weights = new SafetensorsWriter();
        weights.AddFloats("W_dec", sae.Tensors["W_dec"], config.DSae, config.DIn);
        weights.AddFloats("b_dec", sae.Tensors["b_dec"], config.DIn);
        weights.AddFloats(EncoderBias, sae.Tensors["b_enc"], config.DSae);
        weights.AddFloats(EncoderWeight, RowMajor.Transpose(sae.Tensors["W_enc"], config.DIn, config.DSae), config.DSae, config.DIn);
        weights.Save(Path.Combine(folder, SaeFormat.Sparsify.WeightsFile()));
    }

    private static SaeConfig Parse(JsonObjectReader json, string folder)
    {
        var architecture = json.OneOf("activation", Activations, SaeArchitecture.TopK);
        json.Refuse("skip_connection", json.Flag("skip_connection", false), "a path around the latents");
        json.Refuse("transcode", json.Flag("transcode", false), "a transcoder");
        json.Refuse("signed", json.Flag("signed", false), "latents below zero");
        var width = json.Integer("d_in");
        // 0 means the expansion factor times the width.
        var latents = json.NumberOrNone("num_latents") is null or 0 ? (double)width * json.Integer("expansion_factor") : json.Integer("num_latents");
        if (latents > int.MaxValue) throw json.Wrong("expansion_factor", $": {latents} latents are too many.");
        var config = new SaeConfig { Architecture = architecture, DIn = width, DSae = (int)latents, K = json.Integer("k"), Metadata = Metadata(json, folder) };
        if (config.K > config.DSae) throw json.Wrong("k", $", more than the {config.DSae} latents there are.");
        if (architecture == SaeArchitecture.GroupMax && config.DSae % config.K != 0)
            throw json.Wrong("k", $": {config.DSae} latents cannot be split into that many groups.");
        return config;
    }

    /// <summary>Folders written by this program have the SAE's origin; in others the folder's name is the hook point.</summary>
    private static SaeMetadata Metadata(JsonObjectReader json, string folder)
    {
        var metadata = SaeMetadataJson.Parse(json.ObjectOrEmpty(SaeMetadataJson.Member));
        var kept = new JsonObject();
        foreach (var name in Kept)
        {
            if (json.Copy(name) is { } value) kept[name] = value;
        }
        metadata.Others[Member] = kept;
        var folderName = SaeFolders.FolderName(folder);
        return metadata.HookName is null && SaeHook.IsLikely(folderName) ? metadata with { HookName = folderName } : metadata;
    }
}
