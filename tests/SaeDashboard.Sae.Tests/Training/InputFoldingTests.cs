using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

public class InputFoldingTests
{
    private const int Width = 20;
    private const int Latents = 60;

    /// <summary>Architecture, whether b_dec is subtracted from the input, whether latents are in units of decoder norms: whatever a trainer makes has a row.</summary>
    public static TheoryData<SaeArchitecture, bool, bool> Exported => new()
    {
        { SaeArchitecture.Standard, true, false }, { SaeArchitecture.Standard, false, false },
        { SaeArchitecture.TopK, true, false }, { SaeArchitecture.TopK, false, false }, { SaeArchitecture.TopK, true, true },
        { SaeArchitecture.JumpRelu, true, false }, { SaeArchitecture.JumpRelu, false, false },
        { SaeArchitecture.Gated, true, false }, { SaeArchitecture.Gated, false, false },
    };

    [Theory, MemberData(nameof(Exported))]
    public void The_exported_folder_does_to_raw_columns_what_the_training_form_does_to_scaled_ones(
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
        var weights = config.TensorShapes().ToDictionary(entry => entry.Name, entry => Noise(entry.Shape).Mul(0.3));
        using var scaled = new SparseAutoencoder(config, weights);
        var mean = Noise(Width).Mul(5);
        var scaling = new ColumnScaling(TensorData.AsSpan(mean).ToArray(), 0.37f);
        var x = Noise(200, Width).Mul(3).Add(mean);

        using var temporary = TestFolders.Temporary();
        using var folded = InputFolding.Fold(scaled, scaling);
        SaeFolder.Save(temporary.In("exported"), folded);
        using var exported = SaeFolder.Load(temporary.In("exported"));

        var (expectedLatents, expectedOutput) = scaled.Forward(x.sub(mean).Mul(scaling.Scale));
        var (latents, output) = exported.Forward(x);
        AssertClose(rescale ? expectedLatents.Div(scaling.Scale) : expectedLatents, latents);
        AssertClose(expectedOutput.Div(scaling.Scale).Add(mean), output);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        var error = actual.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>();
        TestContext.Current.TestOutputHelper?.WriteLine($"{error:E2}");
        Assert.True(error <= 1e-5, $"relative error {error}");
    }
}
