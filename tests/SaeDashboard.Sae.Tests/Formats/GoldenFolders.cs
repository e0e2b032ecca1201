using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Formats;

/// <summary>Folders that other libraries wrote, with inputs, latents and reconstructions as those libraries compute them.</summary>
internal static class GoldenFolders
{
    private const double Tolerance = 1e-5;

    /// <summary>The folders, their format, and the mean number of positive latents that the library counted.</summary>
    public static readonly IReadOnlyList<(string Name, SaeFormat Format, double L0)> All =
    [
        ("saelens-v6/standard", SaeFormat.SaeLens, 44.3), ("saelens-v6/standard-no-bdec-input", SaeFormat.SaeLens, 51.1),
        ("saelens-v6/standard-layernorm", SaeFormat.SaeLens, 42.9), ("saelens-v6/standard-rescale", SaeFormat.SaeLens, 51.0),
        ("saelens-v6/topk", SaeFormat.SaeLens, 8.0), ("saelens-v6/topk-rescaled", SaeFormat.SaeLens, 8.0),
        ("saelens-v6/jumprelu", SaeFormat.SaeLens, 33.8), ("saelens-v6/gated", SaeFormat.SaeLens, 45.1),
        ("saelens-v6/batchtopk-exported", SaeFormat.SaeLens, 27.7), ("saelens-v6/matryoshka-exported", SaeFormat.SaeLens, 27.8),
        ("saelens-v5/standard", SaeFormat.SaeLens, 44.3), ("saelens-v5/topk", SaeFormat.SaeLens, 8.0),
        ("saelens-v5/jumprelu", SaeFormat.SaeLens, 33.8), ("saelens-v5/gated", SaeFormat.SaeLens, 45.1),
        ("sparsify/topk/layers.12", SaeFormat.Sparsify, 8.0), ("sparsify/groupmax/layers.12", SaeFormat.Sparsify, 8.0),
        ("dictionary_learning/AutoEncoder", SaeFormat.DictionaryLearning, 52.3), ("dictionary_learning/AutoEncoderNew", SaeFormat.DictionaryLearning, 47.1),
        ("dictionary_learning/GatedAutoEncoder", SaeFormat.DictionaryLearning, 43.2), ("dictionary_learning/JumpReluAutoEncoder", SaeFormat.DictionaryLearning, 28.5),
        ("dictionary_learning/AutoEncoderTopK", SaeFormat.DictionaryLearning, 8.0), ("dictionary_learning/BatchTopKSAE", SaeFormat.DictionaryLearning, 26.0),
        ("dictionary_learning/MatryoshkaBatchTopKSAE", SaeFormat.DictionaryLearning, 29.1),
    ];

    public static TheoryData<string> Names => [.. All.Select(row => row.Name)];

    public static SaeFormat FormatOf(string name) => All.First(row => row.Name == name).Format;

    public static Tensor Read(string name, string tensor)
    {
        using var file = SafetensorsFile.Open(Path.Combine(TestFolders.Golden(name), "expected.safetensors"));
        return TensorData.FromFloats(file.ReadFloat32(tensor), [.. file.Entries[tensor].Shape]);
    }

    /// <summary>The SAE does with the golden inputs what the library did: values to 1e-5 of the largest, and the same latents above zero.</summary>
    public static void AssertComputesTheSame(string name, SparseAutoencoder sae)
    {
        var (latents, reconstruction) = sae.Forward(Read(name, "x"));
        AssertClose(Read(name, "latents"), latents, "latents");
        AssertClose(Read(name, "reconstruction"), reconstruction, "reconstruction");
        Assert.Equal(0, latents.Gt(0).ne(Read(name, "latents").Gt(0)).sum().item<long>());
    }

    /// <summary>max|a − b| / max|b|</summary>
    public static void AssertClose(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        var error = actual.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>();
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {error:E2}");
        Assert.True(error <= Tolerance, $"{what}: relative error {error}");
    }
}
