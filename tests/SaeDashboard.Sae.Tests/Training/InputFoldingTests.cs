using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

public class InputFoldingTests
{
    private const int Width = 20;
    private const int Latents = 60;

    [Theory]
    [InlineData(SaeArchitecture.Standard, true, false)]
    [InlineData(SaeArchitecture.Standard, false, false)]
    [InlineData(SaeArchitecture.TopK, true, false)]
    [InlineData(SaeArchitecture.TopK, false, false)]
    [InlineData(SaeArchitecture.TopK, true, true)]
    [InlineData(SaeArchitecture.JumpRelu, true, false)]
    [InlineData(SaeArchitecture.JumpRelu, false, false)]
    [InlineData(SaeArchitecture.Gated, true, false)]
    [InlineData(SaeArchitecture.Gated, false, false)]
    public void The_folded_form_does_to_raw_columns_what_the_scaled_one_does_to_scaled_ones(
        SaeArchitecture architecture, bool applyBDec, bool rescale)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        Tensor Noise(params long[] shape) => randn(shape, generator: generator);
        var config = new SaeConfig
        {
            Architecture = architecture,
            DIn = Width,
            DSae = Latents,
            K = architecture == SaeArchitecture.TopK ? 9 : 0,
            ApplyBDecToInput = applyBDec,
            RescaleActsByDecoderNorm = rescale,
        };
        var weights = config.TensorShapes().ToDictionary(entry => entry.Name, entry => Noise(entry.Shape).mul(0.3));
        using var scaled = new SparseAutoencoder(config, weights);
        var mean = Noise(Width).mul(5);
        var scaling = new ColumnScaling(TensorData.AsSpan(mean).ToArray(), 0.37f);
        var x = Noise(200, Width).mul(3).add(mean);

        using var folded = InputFolding.Fold(scaled, scaling);

        var (expectedLatents, expectedOutput) = scaled.Forward(x.sub(mean).mul(scaling.Scale));
        var (latents, output) = folded.Forward(x);
        AssertClose(rescale ? expectedLatents.div(scaling.Scale) : expectedLatents, latents);
        AssertClose(expectedOutput.div(scaling.Scale).add(mean), output);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        var error = actual.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>();
        TestContext.Current.TestOutputHelper?.WriteLine($"{error:E2}");
        Assert.True(error <= 1e-5, $"relative error {error}");
    }
}
