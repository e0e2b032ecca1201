using System.Text.Json.Nodes;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.Sae.Tests.Formats;

/// <summary>Names of places in a model, as libraries write them.</summary>
public class SaeHookTests
{
    [Theory]
    [InlineData("layers.4.resid_post", "layers.4.resid_post")]
    [InlineData("blocks.4.hook_resid_post", "layers.4.resid_post")]
    [InlineData("blocks.4.hook_resid_pre", "layers.3.resid_post")]
    [InlineData("blocks.0.hook_resid_pre", "layers.0.resid_pre")]
    [InlineData("layers.4.resid_pre", "layers.3.resid_post")]
    [InlineData("blocks.4.hook_mlp_out", "layers.4.mlp_out")]
    [InlineData("blocks.4.hook_attn_out", "layers.4.attn_out")]
    [InlineData("layers.4.hook_mlp_out", "layers.4.mlp_out")]
    [InlineData("decoder.model.decoder.layers.4", "layers.4.resid_post")]
    [InlineData("model.decoder.layers.4", "layers.4.resid_post")]
    [InlineData("model.layers.4", "layers.4.resid_post")]
    [InlineData("layers.4", "layers.4.resid_post")]
    [InlineData("layers.4.mlp", "layers.4.mlp_out")]
    [InlineData("decoder.model.decoder.layers.12.fc2", "layers.12.mlp_out")]
    [InlineData("layers.4.self_attn.out_proj", "layers.4.attn_out")]
    [InlineData("layers.4.encoder_attn", "layers.4.cross_out")]
    [InlineData("layers.4.cross_out", "layers.4.cross_out")]
    [InlineData("layers.4.resid_mid", "layers.4.resid_mid")]
    [InlineData("transformer.layers.4.linear2", "layers.4.mlp_out")]
    [InlineData("resid_post_layer_12", "layers.12.resid_post")]
    public void A_name_is_understood(string name, string place) => Assert.Equal(place, SaeHook.Parse(name)?.ToString());

    [Theory]
    [InlineData("blocks.4.hook_resid_mid")]
    [InlineData("blocks.4.attn.hook_z")]
    [InlineData("blocks.4.hook_mlp_in")]
    [InlineData("layers.4.fc1")]
    [InlineData("layers.4.mlp.gate")]
    [InlineData("layers.4.final_layer_norm")]
    [InlineData("layers.4.resid")]
    [InlineData("layers.04")]
    [InlineData("layers.")]
    [InlineData("layers.-1")]
    [InlineData("layers.99999999999999")]
    [InlineData("text_encoder.encoder.layers.4")]
    [InlineData("audio_encoder.decoder.layers.4")]
    [InlineData("gpt_neox.layers.4")]
    [InlineData("transformer.h.4")]
    [InlineData("embed")]
    [InlineData("")]
    public void Another_place_is_not_taken_for_one_of_ours(string name) => Assert.Null(SaeHook.Parse(name));

    [Theory]
    [InlineData("layers.4.mlp", "layers.4.mlp", "layers.4.mlp_out")]
    [InlineData("layers.4.gate", "layers.4.gate", null)]
    [InlineData("gpt_neox.layers.4", "gpt_neox.layers.4", null)]
    [InlineData("my-sae", null, null)]
    [InlineData("sae-v1.2", null, null)]
    public void The_name_of_a_sparsify_folder_is_its_place(string folderName, string? name, string? place)
    {
        using var temporary = TestFolders.Temporary();
        var folder = temporary.In(folderName);
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(TestFolders.Golden("sparsify/topk/layers.12"))) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var config = SaeFolders.Inspect(folder).Config;
        Assert.Equal(name, config.Metadata.HookName);
        Assert.Equal(place, config.Metadata.Hook?.ToString());
        var problem = SaeFolders.HookProblem(folder, config);
        Assert.Equal(place is null, problem is not null);
        if (place is null) Assert.Contains(name is null ? "does not say where" : "the folder's name", problem, StringComparison.Ordinal);
    }

    /// <summary>The advice is what the kind of folder reads.</summary>
    [Theory]
    [InlineData("saelens-v5/topk", "cfg.json", false)]
    [InlineData("saelens-v6/topk", "cfg.json", true)]
    [InlineData("sparsify/groupmax/layers.12", "cfg.json", true)]
    [InlineData("dictionary_learning/AutoEncoderTopK", "config.json", true)]
    public void A_folder_without_a_hook_is_refused_with_where_to_write_it_and_then_has_one(string golden, string file, bool inMetadata)
    {
        using var temporary = TestFolders.Temporary();
        var folder = temporary.In("sae");
        Directory.CreateDirectory(folder);
        foreach (var each in Directory.GetFiles(TestFolders.Golden(golden))) File.Copy(each, Path.Combine(folder, Path.GetFileName(each)));
        var path = Path.Combine(folder, file);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json.Remove("hook_name");
        (json["metadata"] as JsonObject)?.Remove("hook_name");
        (json["trainer"] as JsonObject)?.Remove("submodule_name");
        File.WriteAllText(path, json.ToJsonString());
        var problem = SaeFolders.HookProblem(folder, SaeFolders.Inspect(folder).Config)!;
        Assert.Contains(path, problem, StringComparison.Ordinal);
        Assert.Equal(inMetadata, problem.Contains("\"metadata\": {", StringComparison.Ordinal));

        // What it says, done.
        if (inMetadata) (json["metadata"] ??= new JsonObject())["hook_name"] = "layers.4.resid_post";
        else json["hook_name"] = "layers.4.resid_post";
        File.WriteAllText(path, json.ToJsonString());
        var config = SaeFolders.Inspect(folder).Config;
        Assert.Null(SaeFolders.HookProblem(folder, config));
        Assert.Equal(4, config.Metadata.Layer);
    }

    [Fact]
    public void An_index_of_another_place_is_not_this_SAEs()
    {
        var config = new SaeConfig { Architecture = SaeArchitecture.TopK, DIn = 4, DSae = 8, K = 2, Metadata = new SaeMetadata { HookName = "layers.4.hook_mlp_out" } };
        Assert.Null(SaeFolders.IndexProblem("sae", config, "layers.4.mlp_out"));
        Assert.Contains("layers.4.resid_post", SaeFolders.IndexProblem("sae", config, "layers.4.resid_post"), StringComparison.Ordinal);
    }
}
