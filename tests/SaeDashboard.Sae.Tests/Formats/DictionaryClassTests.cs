using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Core.TorchFiles;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Tests.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Formats;

/// <summary>
/// Every class of dictionary_learning with decoders that are not of norm 1: the latents that its from_pretrained and encode give, by a formula in
/// float64 written after its source.
/// </summary>
public class DictionaryClassTests
{
    private const int Width = 12, Latents = 30, Columns = 40, K = 4;
    private const float Threshold = 0.6f;

    public static TheoryData<string> Classes =>
        ["AutoEncoder", "AutoEncoderNew", "GatedAutoEncoder", "JumpReluAutoEncoder", "AutoEncoderTopK", "BatchTopKSAE", "MatryoshkaBatchTopKSAE"];

    [Theory, MemberData(nameof(Classes))]
    public void Latents_have_the_scale_that_the_library_gives_them(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = Folder(name, zeroRow: false);
        using var sae = SaeFolder.Load(folder.Path);
        var (x, expected, rebuilt) = Compute(name);

        var (latents, reconstruction) = sae.Forward(TensorData.FromFloats(x, Columns, Width));

        AssertClose(expected, TensorData.ToArray(latents));
        AssertClose(rebuilt, TensorData.ToArray(reconstruction));
        // from_pretrained(normalize_decoder=True) leaves directions of norm 1, and no other class does that.
        var norms = TensorData.ToArray(sae.Directions().norm(1));
        Assert.Equal(name == "AutoEncoder", norms.All(norm => Math.Abs(norm - 1) < 1e-6));
    }

    [Fact]
    public void The_unit_of_steering_and_p99_have_the_librarys_scale()
    {
        using var scope = NewDisposeScope();
        using var folder = Folder("AutoEncoder", zeroRow: false);
        using var sae = SaeFolder.Load(folder.Path);
        var (x, expected, _) = Compute("AutoEncoder");
        var columns = TensorData.FromFloats(x, Columns, Width);
        var source = new MemorySource(Width, [(0, "select", x)]);
        var built = FeatureIndexBuilder.Build(sae, source, null, new FeatureIndexOrigin("m", "d", "d", "layers.3.resid_post", 3, 50), new FeatureIndexOptions { FirstColumn = 1 },
            cancellation: TestContext.Current.CancellationToken);

        for (var feature = 0; feature < Latents; feature++)
        {
            var largest = Enumerable.Range(0, Columns).Max(column => expected[column * Latents + feature]);
            Assert.Equal(largest, built.Data.Maximum[feature], 1e-4);
            if (built.Data.P99[feature] <= 0) continue;
            // A strength of 1 adds p99 latents of a direction of norm 1.
            using var edit = new SteeringEdit(sae, at => built.Data.P99[at], [new Steer(feature, 1)]);
            using var column = zeros([1, sae.Config.DIn]);
            Assert.Equal(built.Data.P99[feature], edit.Apply(column, 4).norm().item<float>(), 1e-4);
        }
    }

    [Fact]
    public void A_direction_of_norm_0_is_read_and_adds_nothing()
    {
        using var scope = NewDisposeScope();
        using var folder = Folder("AutoEncoder", zeroRow: true);
        using var sae = SaeFolder.Load(folder.Path);
        var latents = TensorData.ToArray(sae.Encode(TensorData.FromFloats(Compute("AutoEncoder").X, Columns, Width)));
        Assert.All(latents, value => Assert.True(float.IsFinite(value)));
        Assert.All(TensorData.ToArray(sae.Direction(3)), value => Assert.Equal(0, value));
    }

    /// <summary>A class that brings the decoder to norm 1 would change the latents of an SAE of another library.</summary>
    [Fact]
    public void A_standard_SAE_keeps_its_latents_on_the_way_into_the_format_and_back()
    {
        using var scope = NewDisposeScope();
        using var temporary = TestFolders.Temporary();
        using var sae = RandomSae.Create(3, Width, Latents, 0, SaeArchitecture.Standard);
        SaeFolder.Save(temporary.In("sae"), sae);
        var (prepared, notes) = SaeConversion.Prepare(SaeFolders.Read(temporary.In("sae")), SaeFormat.DictionaryLearning);
        SaeFolders.Write(temporary.In("there"), prepared, SaeFormat.DictionaryLearning);
        using var there = SaeFolder.Load(temporary.In("there"));
        var x = TensorData.FromFloats(Compute("AutoEncoder").X, Columns, Width);

        GoldenFolders.AssertClose(sae.Encode(x), there.Encode(x), "latents");
        Assert.Contains("\"AutoEncoderNew\"", File.ReadAllText(temporary.In("there", "config.json")), StringComparison.Ordinal);
        Assert.Single(notes);
    }

    private static TestFolders.TemporaryFolder Folder(string name, bool zeroRow)
    {
        var folder = TestFolders.Temporary();
        var trainer = new JsonObject { ["dict_class"] = name, ["activation_dim"] = Width, ["dict_size"] = Latents };
        if (name.Contains("TopK", StringComparison.Ordinal)) trainer["k"] = K;
        File.WriteAllText(folder.In("config.json"), new JsonObject { ["trainer"] = trainer, ["buffer"] = new JsonObject() }.ToJsonString());
        var w = Weights();
        if (zeroRow) Array.Clear(w.Decoder, 3 * Width, Width);
        var transposed = name is "JumpReluAutoEncoder" or "MatryoshkaBatchTopKSAE";
        var tensors = new List<TorchTensorData>
        {
            transposed ? Floats("W_enc", w.Encoder, Width, Latents) : Floats("encoder.weight", Transpose(w.Encoder, Width), Latents, Width),
            transposed ? Floats("W_dec", w.Decoder, Latents, Width) : Floats("decoder.weight", Transpose(w.Decoder, Latents), Width, Latents),
        };
        tensors.AddRange(name switch
        {
            "AutoEncoder" => [Floats("bias", w.Center, Width), Floats("encoder.bias", w.Bias, Latents)],
            "AutoEncoderNew" => [Floats("decoder.bias", w.Center, Width), Floats("encoder.bias", w.Bias, Latents)],
            "GatedAutoEncoder" => [Floats("decoder_bias", w.Center, Width), Floats("gate_bias", w.Bias, Latents), Floats("mag_bias", w.Magnitude, Latents), Floats("r_mag", w.Rescale, Latents)],
            "JumpReluAutoEncoder" => [Floats("b_dec", w.Center, Width), Floats("b_enc", w.Bias, Latents), Floats("threshold", w.Thresholds, Latents)],
            "MatryoshkaBatchTopKSAE" => [Floats("b_dec", w.Center, Width), Floats("b_enc", w.Bias, Latents), Number("k", K), Floats("threshold", [Threshold]),
                new TorchTensorData("group_sizes", TensorDType.Int64, [2], [1], MemoryMarshal.AsBytes<long>([10, Latents - 10]).ToArray())],
            _ => new[] { Floats("b_dec", w.Center, Width), Floats("encoder.bias", w.Bias, Latents), Number("k", K), Floats("threshold", [Threshold]) },
        });
        TorchFileWriter.Save(folder.In("ae.pt"), tensors);
        return folder;
    }

    /// <summary>dictionary_learning's from_pretrained, then encode and decode.</summary>
    private static (float[] X, double[] Latents, double[] Reconstruction) Compute(string name)
    {
        var w = Weights();
        var random = new Random(5);
        var x = Enumerable.Range(0, Columns * Width).Select(_ => (float)(3 * random.NextDouble() - 1.5)).ToArray();
        var norms = Enumerable.Range(0, Latents).Select(j => name == "AutoEncoder" ? Math.Sqrt(w.Decoder.AsSpan(j * Width, Width).ToArray().Sum(value => (double)value * value)) : 1).ToArray();
        var centred = name is not ("AutoEncoderNew" or "JumpReluAutoEncoder");
        var (f, back) = (new double[Columns * Latents], new double[Columns * Width]);
        for (var column = 0; column < Columns; column++)
        {
            var projected = new double[Latents];
            for (var j = 0; j < Latents; j++)
            {
                for (var i = 0; i < Width; i++) projected[j] += (x[column * Width + i] - (centred ? w.Center[i] : 0)) * w.Encoder[i * Latents + j] * norms[j];
            }
            var relu = projected.Select((p, j) => Math.Max(0, p + w.Bias[j] * norms[j])).ToArray();
            var kept = relu.OrderDescending().ElementAt(K - 1);
            for (var j = 0; j < Latents; j++)
            {
                f[column * Latents + j] = name switch
                {
                    "GatedAutoEncoder" => projected[j] + w.Bias[j] > 0 ? Math.Max(0, Math.Exp(w.Rescale[j]) * projected[j] + w.Magnitude[j]) : 0,
                    "JumpReluAutoEncoder" => relu[j] > w.Thresholds[j] ? relu[j] : 0,
                    "AutoEncoderTopK" => relu[j] >= kept ? relu[j] : 0,
                    "BatchTopKSAE" or "MatryoshkaBatchTopKSAE" => relu[j] > Threshold ? relu[j] : 0,
                    _ => relu[j],
                };
            }
            for (var i = 0; i < Width; i++)
                back[column * Width + i] = w.Center[i] + Enumerable.Range(0, Latents).Sum(j => f[column * Latents + j] * w.Decoder[j * Width + i] / norms[j]);
        }
        return (x, f, back);
    }

    private static (float[] Encoder, float[] Decoder, float[] Center, float[] Bias, float[] Magnitude, float[] Rescale, float[] Thresholds) Weights()
    {
        var random = new Random(11);
        float[] Some(int count, double size) => [.. Enumerable.Range(0, count).Select(_ => (float)(size * (2 * random.NextDouble() - 1)))];
        return (Some(Width * Latents, 0.7), Some(Latents * Width, 0.6), Some(Width, 0.4), Some(Latents, 0.3), Some(Latents, 0.3), Some(Latents, 0.3), [.. Some(Latents, 0.5).Select(Math.Abs)]);
    }

    private static float[] Transpose(float[] values, int rows)
    {
        var columns = values.Length / rows;
        return [.. Enumerable.Range(0, values.Length).Select(i => values[i % rows * columns + i / rows])];
    }

    private static TorchTensorData Floats(string name, float[] values, params long[] shape) =>
        new(name, TensorDType.Float32, shape, TorchTensorData.RowMajor(shape), MemoryMarshal.AsBytes<float>(values).ToArray());

    private static TorchTensorData Number(string name, int value) => new(name, TensorDType.Int32, [], [], BitConverter.GetBytes(value));

    private static void AssertClose(double[] expected, float[] actual)
    {
        var error = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
        Assert.True(error <= 1e-5, $"relative error {error:E2}");
    }
}
