using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary>The verbs convert and sae-forward over folders that other libraries wrote.</summary>
public sealed class ConvertTests : IDisposable
{
    private static readonly string Golden = Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.Sae.Tests", "Golden");
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_SAE_goes_through_every_format_and_computes_the_same()
    {
        var input = Path.Combine(Golden, "dictionary_learning", "AutoEncoderTopK");
        var first = WorkerProcess.Json(folder.Path, "convert", "--from", input, "--to", "lens", "--format", "saelens");
        Assert.True(first.GetProperty("sameWeights").GetBoolean());
        var second = WorkerProcess.Json(folder.Path, "convert", "--from", "lens", "--to", "sparse", "--format", "sparsify");
        var third = WorkerProcess.Json(folder.Path, "convert", "--from", "sparse", "--to", "back", "--format", "dictionary_learning");
        Assert.Equal(("sparsify", "sparsify", "topk"), (second.GetProperty("format").GetString(), third.GetProperty("fromFormat").GetString(), third.GetProperty("architecture").GetString()));
        Assert.Equal(SaeFolders.WeightsHash(input), third.GetProperty("weightsHash").GetString());

        WorkerProcess.Json(folder.Path, "sae-forward", "--sae", "back", "--vectors", Path.Combine(input, "expected.safetensors"), "--out", "y.safetensors");
        using var expected = SafetensorsFile.Open(Path.Combine(input, "expected.safetensors"));
        using var actual = SafetensorsFile.Open(folder["y.safetensors"]);
        foreach (var name in new[] { "latents", "reconstruction" })
        {
            var (a, b) = (actual.ReadFloat32(name), expected.ReadFloat32(name));
            Assert.True(a.Zip(b, (left, right) => Math.Abs(left - right)).Max() <= 1e-5f * b.Max(Math.Abs), name);
        }
    }

    [Fact]
    public void Music_steered_with_a_converted_SAE_is_the_same_music()
    {
        WorkerProcess.Json(folder.Path, "convert", "--from", WorkerProcess.DemoSae, "--to", "converted", "--format", "dictionary_learning");
        // The index belongs to the weights, whose hash is the same.
        Directory.CreateDirectory(folder["converted/index"]);
        foreach (var file in Directory.GetFiles(Path.Combine(WorkerProcess.DemoSae, "index"))) File.Copy(file, Path.Combine(folder["converted/index"], Path.GetFileName(file)));
        foreach (var (sae, wav) in new[] { (WorkerProcess.DemoSae, "a.wav"), ("converted", "b.wav") })
            WorkerProcess.Json(folder.Path, "generate", "--model", WorkerProcess.DemoModel, "--prompt", "Simple melody", "--seconds", "1", "--seed", "3", "--steer", $"{sae}:1337=3", "--out", wav);
        Assert.Equal(File.ReadAllBytes(folder["a.wav"]), File.ReadAllBytes(folder["b.wav"]));
    }

    [Fact]
    public void What_a_format_cannot_say_is_refused_and_nothing_is_left_behind()
    {
        var refused = WorkerProcess.Run(folder.Path, "convert", "--from", Path.Combine(Golden, "saelens-v6", "jumprelu"), "--to", "x", "--format", "sparsify");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("sparsify folders cannot hold jumprelu SAEs", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        // A published folder holds an SAE for each layer.
        var many = WorkerProcess.Run(folder.Path, "convert", "--from", Path.Combine(Golden, "sparsify", "topk"), "--to", "x", "--format", "saelens");
        Assert.Equal(1, many.ExitCode);
        Assert.Contains(Path.Combine("topk", "layers.12"), many.Error, StringComparison.Ordinal);

        var folded = WorkerProcess.Json(folder.Path, "convert", "--from", Path.Combine(Golden, "saelens-v6", "topk-rescaled"), "--to", "x", "--format", "sparsify");
        Assert.False(folded.GetProperty("sameWeights").GetBoolean());
        Assert.Contains("norms were folded", folded.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(1, WorkerProcess.Run(folder.Path, "convert", "--from", "x", "--to", "x", "--format", "saelens").ExitCode);
    }
}
