using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Formats;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Formats;

public class SaeLensErrorTests
{
    [Fact]
    public void A_folder_without_configuration_is_named()
    {
        using var folder = TestFolders.Temporary();
        AssertRefused(folder.Path, () => SaeFolder.Load(folder.Path));
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        using var folder = Changed(_ => { }, drop: "b_enc");
        AssertRefused("\"b_enc\"", () => SaeFolder.Load(folder.Path));
    }

    [Fact]
    public void An_unknown_tensor_is_named()
    {
        using var folder = Changed(_ => { }, add: "W_skip");
        AssertRefused("\"W_skip\"", () => SaeFolder.Load(folder.Path));
    }

    [Theory]
    [InlineData("d_in", "25", "W_dec")]
    [InlineData("d_sae", "97", "d_sae 97")]
    [InlineData("k", "0", "\"k\"")]
    [InlineData("k", "97", "97")]
    [InlineData("architecture", "\"transcoder\"", "transcoder")]
    [InlineData("normalize_activations", "\"batch\"", "layer_norm")]
    [InlineData("apply_b_dec_to_input", "3", "apply_b_dec_to_input")]
    [InlineData("reshape_activations", "\"hook_z\"", "hook_z")]
    public void A_wrong_member_is_named(string member, string value, string part)
    {
        using var folder = Changed(config => config[member] = JsonNode.Parse(value));
        AssertRefused(part, () => SaeFolder.Load(folder.Path));
    }

    [Fact]
    public void Unknown_members_of_the_configuration_are_ignored()
    {
        using var folder = Changed(config => config["invented_later"] = new JsonObject { ["a"] = 1 });
        using var sae = SaeFolder.Load(folder.Path);
        Assert.Equal(SaeArchitecture.TopK, sae.Config.Architecture);
    }

    [Fact]
    public void Torn_JSON_names_file_and_line()
    {
        using var folder = Changed(_ => { });
        File.WriteAllText(folder.In("cfg.json"), "{\n \"d_in\": ");
        var message = Assert.Throws<UserException>(() => SaeFolder.Load(folder.Path)).Message;
        Assert.Contains("cfg.json line 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_weights_are_refused()
    {
        using var folder = Changed(_ => { });
        var bytes = File.ReadAllBytes(folder.In("sae_weights.safetensors"));
        File.WriteAllBytes(folder.In("sae_weights.safetensors"), bytes[..^100]);
        AssertRefused("sae_weights.safetensors", () => SaeFolder.Load(folder.Path));
    }

    [Fact]
    public void Columns_of_another_width_are_refused_with_both_widths()
    {
        using var folder = Changed(_ => { });
        using var sae = SaeFolder.Load(folder.Path);
        using var x = zeros(3, 25);
        var message = Assert.Throws<ArgumentException>(() => sae.Encode(x)).Message;
        Assert.Contains("24", message, StringComparison.Ordinal);
        Assert.Contains("25", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_existing_folder_is_not_overwritten()
    {
        using var folder = Changed(_ => { });
        using var sae = SaeFolder.Load(folder.Path);
        Assert.Throws<UserException>(() => SaeFolder.Save(folder.Path, sae));
    }

    private static void AssertRefused(string part, Action action) =>
        Assert.Contains(part, Assert.Throws<UserException>(action).Message, StringComparison.Ordinal);

    private static TestFolders.TemporaryFolder Changed(Action<JsonObject> change, string? drop = null, string? add = null)
    {
        var golden = TestFolders.Golden("saelens-v6/topk");
        var folder = TestFolders.Temporary();
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(golden, "cfg.json")))!.AsObject();
        change(config);
        File.WriteAllText(folder.In("cfg.json"), config.ToJsonString());
        using var weights = SafetensorsFile.Open(Path.Combine(golden, "sae_weights.safetensors"));
        var writer = new SafetensorsWriter();
        foreach (var (name, entry) in weights.Entries.Where(entry => entry.Key != drop))
            writer.Add(name, weights.ReadFloat32(name), [.. entry.Shape]);
        if (add is not null)
            writer.Add(add, new float[4], 4);
        writer.Save(folder.In("sae_weights.safetensors"));
        return folder;
    }
}
