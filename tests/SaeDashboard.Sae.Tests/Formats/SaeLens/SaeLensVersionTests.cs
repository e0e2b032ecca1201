using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Formats.SaeLens;

/// <summary>Folders of every version of SAELens compute what that version's source computes, or are refused by the member that is not read here.</summary>
public class SaeLensVersionTests
{
    private const int Columns = 32;
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Names => [.. SaeLensCases.All.Select(each => each.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_folder_computes_what_its_source_computes_or_is_refused_by_name(string name)
    {
        var each = SaeLensCases.All.Single(one => one.Name == name);
        using var temporary = TestFolders.Temporary();
        var folder = temporary.In("sae");
        each.Write(folder);
        if (each.Refused is { } member)
        {
            var message = Assert.Throws<UserException>(() => SaeFolders.Inspect(folder)).Message;
            Assert.Contains($"\"{member}\"", message, StringComparison.Ordinal);
            Assert.Contains(folder, message, StringComparison.Ordinal);
            return;
        }

        AssertComputes(each, folder);
        var config = SaeFolders.Inspect(folder).Config;
        Assert.Equal((SaeLensCases.Model, SaeLensCases.DataSet, "blocks.3.hook_mlp_out", 128), (config.Metadata.ModelName, config.Metadata.DatasetPath, config.Metadata.HookName, config.Metadata.ContextSize));
        Assert.Equal(new SaeHook(3, SaeHook.FeedForwardOut), config.Metadata.Hook);
        Assert.Equal(each.Formula.Normalization == "expected_average_only_in", config.Notes.Count == 1);
    }

    /// <summary>What convert writes is read as version 6 by everyone, whatever it was made of.</summary>
    [Theory, MemberData(nameof(Names))]
    public void A_converted_folder_is_of_version_6_and_computes_the_same(string name)
    {
        var each = SaeLensCases.All.Single(one => one.Name == name);
        if (each.Refused is not null) return;
        using var temporary = TestFolders.Temporary();
        each.Write(temporary.In("sae"));
        var (sae, notes) = SaeConversion.Prepare(SaeFolders.Read(temporary.In("sae")), SaeFormat.SaeLens);
        SaeFolders.Write(temporary.In("copy"), sae, SaeFormat.SaeLens);

        AssertComputes(each, temporary.In("copy"));
        Assert.Equal(sae.Config.Notes, notes);
        var written = JsonNode.Parse(File.ReadAllText(temporary.In("copy", "cfg.json")))!;
        Assert.Null(written["sae_lens_version"]);
        Assert.StartsWith("6.", (string?)written["metadata"]!["sae_lens_version"], StringComparison.Ordinal);
        Assert.Equal("blocks.3.hook_mlp_out", (string?)written["metadata"]!["hook_name"]);
    }

    [Fact]
    public void The_documentation_counts_what_is_read_and_what_is_refused()
    {
        var document = File.ReadAllText(Path.Combine(TestFolders.Repository, "docs", "sae-folders.md"));
        foreach (var version in SaeLensCases.All.GroupBy(each => each.Version))
        {
            var (read, refused) = (version.Count(each => each.Refused is null), version.Count(each => each.Refused is not null));
            Assert.Contains($"| {version.Key} | {read} | {refused} |", document, StringComparison.Ordinal);
        }
        Assert.Contains($"| all | {SaeLensCases.All.Count(each => each.Refused is null)} | {SaeLensCases.All.Count(each => each.Refused is not null)} |", document, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"5.3.0\"", false)]
    [InlineData("\"6.0.0rc1\"", true)]
    [InlineData("\"10.1\"", true)]
    [InlineData("\"\"", false)]
    [InlineData("null", false)]
    public void A_version_counts_by_its_value(string version, bool nested)
    {
        var each = SaeLensCases.All.Single(one => one.Name == "5.11.0 runner topk");
        using var temporary = TestFolders.Temporary();
        each.Write(temporary.In("sae"));
        var json = JsonNode.Parse(File.ReadAllText(temporary.In("sae", "cfg.json")))!;
        json["sae_lens_version"] = JsonNode.Parse(version);
        File.WriteAllText(temporary.In("sae", "cfg.json"), json.ToJsonString());

        // Version 6 looks for the k of a topk SAE at the top level alone.
        if (nested) Assert.Contains("\"k\"", Assert.Throws<UserException>(() => SaeFolders.Inspect(temporary.In("sae"))).Message, StringComparison.Ordinal);
        else Assert.Equal(SaeLensCase.K, SaeFolders.Inspect(temporary.In("sae")).Config.K);
    }

    [Theory]
    [InlineData("sae_lens_version", "\"eleuther\"", "sae_lens_version")]
    [InlineData("sae_lens_version", "6", "sae_lens_version")]
    [InlineData("activation_fn_str", "\"relu\"", "activation_fn")]
    [InlineData("hook_point", "\"blocks.3.hook_resid_post\"", "hook_point")]
    [InlineData("activation_fn_kwargs", "{\"k\": 5, \"postact_fn\": \"identity\"}", "activation_fn_kwargs.postact_fn")]
    public void A_contradiction_is_refused_by_name(string member, string value, string named)
    {
        using var temporary = TestFolders.Temporary();
        SaeLensCases.All.Single(one => one.Name == "5.11.0 runner topk").Write(temporary.In("sae"));
        var json = JsonNode.Parse(File.ReadAllText(temporary.In("sae", "cfg.json")))!;
        json[member] = JsonNode.Parse(value);
        File.WriteAllText(temporary.In("sae", "cfg.json"), json.ToJsonString());
        Assert.Contains($"\"{named}\"", Assert.Throws<UserException>(() => SaeFolders.Inspect(temporary.In("sae"))).Message, StringComparison.Ordinal);
    }

    /// <summary>Folders that were found to be read wrongly, with what SAELens computes.</summary>
    [Theory, InlineData("runner-standard-with-topk"), InlineData("runner-topk"), InlineData("flat-topk-k-at-top-level")]
    public void A_folder_that_lost_its_topk_computes_what_SAELens_computes(string name)
    {
        using var scope = NewDisposeScope();
        var golden = $"saelens-older/{name}";
        using var sae = SaeFolder.Load(TestFolders.Golden(golden));
        using var x = GoldenFolders.Read("saelens-older", "x");
        var (latents, reconstruction) = sae.Forward(x);
        GoldenFolders.AssertClose(GoldenFolders.Read(golden, "latents"), latents, "latents");
        GoldenFolders.AssertClose(GoldenFolders.Read(golden, "reconstruction"), reconstruction, "reconstruction");
        Assert.Equal((SaeArchitecture.TopK, 5), (sae.Config.Architecture, sae.Config.K));
        Assert.StartsWith("blocks.8.hook_resid_p", sae.Config.Metadata.HookName, StringComparison.Ordinal);
    }

    private static void AssertComputes(SaeLensCase each, string folder)
    {
        using var scope = NewDisposeScope();
        using var sae = SaeFolder.Load(folder);
        var columns = each.Columns(Columns);
        var (latents, reconstruction) = sae.Forward(TensorData.FromFloats(columns, Columns, SaeLensCase.Width));
        var tensors = each.Tensors();
        var (f, back) = (new List<double>(), new List<double>());
        for (var column = 0; column < Columns; column++)
        {
            var (expected, rebuilt) = each.Formula.Compute(columns.AsSpan(column * SaeLensCase.Width, SaeLensCase.Width), tensors, each.Scale ?? 1);
            f.AddRange(expected);
            back.AddRange(rebuilt);
        }
        AssertClose(f, TensorData.ToArray(latents), "latents");
        AssertClose(back, TensorData.ToArray(reconstruction), "reconstruction");
        Assert.Equal(f.Count(value => value > 0), TensorData.ToArray(latents).Count(value => value > 0));
    }

    private static void AssertClose(List<double> expected, float[] actual, string what)
    {
        var largest = expected.Max(Math.Abs);
        var error = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / largest;
        Assert.True(error <= Tolerance, $"{what}: relative error {error:E2}");
    }
}
