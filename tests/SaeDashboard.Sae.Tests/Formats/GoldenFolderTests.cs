using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Formats;

/// <summary>Folders that other libraries wrote are read as those libraries read them, and written as they can read them.</summary>
public class GoldenFolderTests
{
    public static TheoryData<string> Names => GoldenFolders.Names;

    [Theory, MemberData(nameof(Names))]
    public void Latents_and_reconstruction_are_the_librarys(string name)
    {
        using var scope = NewDisposeScope();
        using var sae = SaeFolder.Load(TestFolders.Golden(name));

        GoldenFolders.AssertComputesTheSame(name, sae);

        var l0 = sae.Encode(GoldenFolders.Read(name, "x")).Gt(0).to(ScalarType.Float32).sum().item<float>() / 48;
        Assert.Equal(GoldenFolders.All.First(row => row.Name == name).L0, l0, 0.0501);
        Assert.Equal(12, sae.Config.Metadata.Layer);
    }

    [Theory, InlineData("saelens-v6/topk"), InlineData("saelens-v6/topk-rescaled"), InlineData("saelens-v5/topk"), InlineData("dictionary_learning/AutoEncoderTopK")]
    public void Sparse_latents_are_the_dense_ones(string name)
    {
        using var scope = NewDisposeScope();
        using var sae = SaeFolder.Load(TestFolders.Golden(name));

        var (values, indices) = sae.EncodeTopK(GoldenFolders.Read(name, "x"));

        Assert.Equal(8, sae.Config.K);
        Assert.Equal(sae.Config.K, values.size(1));
        GoldenFolders.AssertClose(GoldenFolders.Read(name, "latents"), zeros([48, 96]).scatter_(1, indices, values), "latents");
    }

    [Theory, MemberData(nameof(Names))]
    public void Written_by_us_and_read_back_is_identical(string name)
    {
        using var temporary = TestFolders.Temporary();
        var format = GoldenFolders.FormatOf(name);
        var original = SaeFolders.Read(TestFolders.Golden(name)) with { Sparsity = [.. Enumerable.Repeat(-10f, 96)] };

        SaeFolders.Write(temporary.In("copy"), original, format);
        var copy = SaeFolders.Read(temporary.In("copy"));
        SaeFolders.Write(temporary.In("again"), copy, format);

        Assert.Equal(format, SaeFolders.Detect(temporary.In("copy")));
        Assert.Equal(original.WeightsHash(), copy.WeightsHash());
        Assert.Equal(original.Tensors.Keys.Order(), copy.Tensors.Keys.Order());
        Assert.All(original.Tensors, tensor => Assert.Equal(tensor.Value, copy.Tensors[tensor.Key]));
        Assert.Equal(original.Config with { Metadata = copy.Config.Metadata }, copy.Config);
        AssertSame(original.Config.Metadata, copy.Config.Metadata, mayAddVersions: name.StartsWith("saelens-v5", StringComparison.Ordinal));
        Assert.Equal(format == SaeFormat.SaeLens ? original.Sparsity : null, copy.Sparsity);
        foreach (var file in new[] { format.ConfigFile(), format.WeightsFile() })
            Assert.Equal(File.ReadAllBytes(temporary.In("copy", file)), File.ReadAllBytes(temporary.In("again", file)));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_direction_is_what_a_unit_of_the_latent_adds(string name)
    {
        using var scope = NewDisposeScope();
        using var sae = SaeFolder.Load(TestFolders.Golden(name));
        var x = GoldenFolders.Read(name, "x");
        var latents = sae.Encode(x);
        const int Feature = 17;

        var more = latents.clone();
        more.select(1, Feature).AddInPlace(1);
        var difference = sae.Decode(more, x).sub(sae.Decode(latents, x));

        var direction = sae.InputScale(x).matmul(sae.Direction(Feature).unsqueeze(0));
        Assert.True(difference.sub(direction).abs().max().item<float>() < 2e-5f * Math.Max(1, direction.abs().max().item<float>()));
        Assert.True(sae.Direction(Feature).eq(sae.Directions().select(0, Feature)).all().item<bool>());
    }

    [Theory, InlineData("standard"), InlineData("topk"), InlineData("jumprelu"), InlineData("gated")]
    public void A_folder_of_version_5_is_the_same_SAE_as_that_of_version_6(string name)
    {
        var (old, current) = (SaeFolders.Read(TestFolders.Golden($"saelens-v5/{name}")), SaeFolders.Read(TestFolders.Golden($"saelens-v6/{name}")));
        Assert.Equal(current.WeightsHash(), old.WeightsHash());
        Assert.Equal(current.Config with { Metadata = old.Config.Metadata }, old.Config);
        Assert.Equal(current.Config.Metadata with { Others = old.Config.Metadata.Others }, old.Config.Metadata);
        Assert.Equal("5.10.3", (string?)old.Config.Metadata.Others["sae_lens_training_version"]);
    }

    [Fact]
    public void The_hash_is_that_of_the_tensors_and_not_of_the_files_bytes()
    {
        var path = TestFolders.Golden("saelens-v6/gated");
        using var file = SafetensorsFile.Open(Path.Combine(path, "sae_weights.safetensors"));
        var bytes = new List<byte>();
        foreach (var name in file.Entries.Keys.Order(StringComparer.Ordinal))
            bytes.AddRange(file.Bytes(name));
        var expected = Core.Files.Hashing.Sha256([.. bytes]);
        using var sae = SaeFolder.Load(path);
        Assert.Equal((expected, expected, expected), (SaeFolders.WeightsHash(path), SaeFolders.Read(path).WeightsHash(), sae.WeightsHash));
    }

    private static void AssertSame(SaeMetadata expected, SaeMetadata actual, bool mayAddVersions)
    {
        if (mayAddVersions)
        {
            Assert.Equal("6.18.0", (string?)actual.Others["sae_lens_version"]);
            actual.Others.Remove("sae_lens_version");
        }
        Assert.Equal(expected with { Others = actual.Others, Training = actual.Training }, actual);
        Assert.Equal(expected.Training?.ToJsonString(), actual.Training?.ToJsonString());
        Assert.Equal(expected.Others.ToJsonString(), actual.Others.ToJsonString());
    }
}
