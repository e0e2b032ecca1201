using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Formats;

/// <summary>Folders SAELens wrote, and what SAELens computes with them.</summary>
public class SaeLensGoldenTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Folders() =>
    [
        "standard", "standard-no-bdec-input", "standard-layernorm", "standard-rescale", "topk", "topk-rescaled",
        "jumprelu", "gated", "batchtopk-exported", "matryoshka-exported",
    ];

    [Theory, MemberData(nameof(Folders))]
    public void Latents_and_reconstruction_are_the_librarys(string name)
    {
        using var scope = NewDisposeScope();
        using var sae = SaeLensFolder.Load(Folder(name));
        using var expected = SafetensorsFile.Open(Path.Combine(Folder(name), "expected.safetensors"));

        var (latents, reconstruction) = sae.Forward(Read(expected, "x"));

        AssertClose(expected, "latents", latents);
        AssertClose(expected, "reconstruction", reconstruction);
    }

    [Theory, InlineData("topk"), InlineData("topk-rescaled")]
    public void Sparse_latents_are_the_dense_ones(string name)
    {
        using var scope = NewDisposeScope();
        using var sae = SaeLensFolder.Load(Folder(name));
        using var expected = SafetensorsFile.Open(Path.Combine(Folder(name), "expected.safetensors"));

        var (values, indices) = sae.EncodeTopK(Read(expected, "x"));

        Assert.Equal(sae.Config.K, values.size(1));
        AssertClose(expected, "latents", zeros([48, 96]).scatter_(1, indices, values));
    }

    [Theory, MemberData(nameof(Folders))]
    public void Written_by_us_and_read_back_is_identical(string name)
    {
        using var scope = NewDisposeScope();
        using var temporary = TestFolders.Temporary();
        using var original = SaeLensFolder.Load(Folder(name));

        SaeLensFolder.Save(temporary.In("copy"), original, new float[96]);
        using var copy = SaeLensFolder.Load(temporary.In("copy"));

        Assert.Equal(original.WeightsHash, copy.WeightsHash);
        foreach (var (tensorName, tensor) in original.Tensors)
            Assert.Equal(TensorData.AsSpan(tensor).ToArray(), TensorData.AsSpan(copy.Tensors[tensorName]).ToArray());
        Assert.Equal(original.Config with { Metadata = copy.Config.Metadata }, copy.Config);
        Assert.Equal(original.Config.Metadata.ModelName, copy.Config.Metadata.ModelName);
        Assert.Equal(original.Config.Metadata.HookName, copy.Config.Metadata.HookName);
        Assert.Equal(original.Config.Metadata.Others.ToJsonString(), copy.Config.Metadata.Others.ToJsonString());
        using var sparsity = SafetensorsFile.Open(temporary.In("copy", "sparsity.safetensors"));
        Assert.All(sparsity.ReadFloat32("sparsity"), value => Assert.Equal(-10f, value));
    }

    [Theory, MemberData(nameof(Folders))]
    public void A_direction_is_what_a_unit_of_the_latent_adds(string name)
    {
        using var scope = NewDisposeScope();
        using var sae = SaeLensFolder.Load(Folder(name));
        using var expected = SafetensorsFile.Open(Path.Combine(Folder(name), "expected.safetensors"));
        var x = Read(expected, "x");
        var latents = sae.Encode(x);
        const int Feature = 17;

        var more = latents.clone();
        more.select(1, Feature).add_(1);
        var difference = sae.Decode(more, x).sub(sae.Decode(latents, x));

        var direction = sae.InputScale(x).matmul(sae.Direction(Feature).unsqueeze(0));
        Assert.True(difference.sub(direction).abs().max().item<float>() < 2e-5f * Math.Max(1, direction.abs().max().item<float>()));
        Assert.True(sae.Direction(Feature).eq(sae.Directions().select(0, Feature)).all().item<bool>());
    }

    private static string Folder(string name) => TestFolders.Golden(Path.Combine("saelens-v6", name));

    private static Tensor Read(SafetensorsFile file, string name) =>
        TensorData.FromFloats(file.ReadFloat32(name), [.. file.Entries[name].Shape]);

    /// <summary>max|a − b| / max|b|</summary>
    private static void AssertClose(SafetensorsFile file, string name, Tensor actual)
    {
        var expected = Read(file, name);
        Assert.Equal(expected.shape, actual.shape);
        var error = actual.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>();
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {error:E2}");
        Assert.True(error <= Tolerance, $"{name}: relative error {error}");
    }
}
