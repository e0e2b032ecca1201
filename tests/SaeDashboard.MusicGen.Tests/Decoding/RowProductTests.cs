using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Decoding;

/// <summary>Products against the one chain of fused multiply-adds that every output is: presets' codes hang on its bits.</summary>
[Collection(nameof(CodecMemoryTests.Alone))]
public sealed class RowProductTests : IDisposable
{
    private readonly int threads = Math.Max(1, TorchRuntime.Threads);
    private readonly bool wide = PanelProduct.UseWide;

    public static TheoryData<int, int, bool> Shapes
    {
        get
        {
            var data = new TheoryData<int, int, bool>();
            foreach (var isBFloat16 in new[] { false, true })
            {
                foreach (var (inputs, outputs) in new[] { (1, 1), (3, 5), (48, 147), (256, 768), (700, 1056) }) data.Add(inputs, outputs, isBFloat16);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_output_is_one_chain_of_fused_multiply_adds_whatever_the_vectors_and_threads(int inputs, int outputs, bool isBFloat16)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using var memory = new HostArena();
        manual_seed(3);
        var weight = randn(inputs, outputs).to(isBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
        var packed = PackedWeights.Of(weight, memory);
        Assert.Equal(isBFloat16, packed.IsBFloat16);
        var w = TensorData.ToArray(weight);
        Assert.Equal(w, PackedWeights.Numbers(packed));
        foreach (var rows in new[] { 1, 2, 3, 4, 6, 7, 8, 19 })
        {
            var x = randn(rows, inputs);
            var expected = Chains(TensorData.ToArray(x), w, rows, inputs, outputs);
            foreach (var (count, isWide) in new[] { (1, true), (2, true), (3, true), (1, false), (2, false) })
            {
                TorchRuntime.Initialize(count);
                PanelProduct.UseWide = isWide;
                Assert.Equal(expected, TensorData.ToArray(RowArithmetic.Multiply(x, packed)));
            }
        }
    }

    [Fact]
    public void Weights_are_rounded_to_the_nearest_bfloat16_as_libtorch_does_and_scaled_afterwards()
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using var memory = new HostArena();
        manual_seed(4);
        // Ties (…8000), a value that rounds up into infinity, and what is too small.
        var edges = new[] { 0x3F808000u, 0x3F818000u, 0x3F808001u, 0xBF807FFFu, 0x7F7FFFFFu, 0x00000001u, 0x80000000u, 0x7F800000u };
        var values = cat([tensor(Array.ConvertAll(edges, BitConverter.UInt32BitsToSingle)), randn(1000)], 0);
        var rounded = values.to(ScalarType.BFloat16).to(ScalarType.Float32);
        var packed = PackedWeights.Of(values.unsqueeze(1), memory, isRounded: true);
        Assert.True(packed.IsBFloat16);
        Assert.Equal(TensorData.ToArray(rounded), PackedWeights.Numbers(packed));
    }

    public void Dispose()
    {
        TorchRuntime.Initialize(threads);
        PanelProduct.UseWide = wide;
    }

    private static float[] Chains(float[] x, float[] w, int rows, int inputs, int outputs)
    {
        var result = new float[rows * outputs];
        for (var row = 0; row < rows; row++)
        {
            for (var output = 0; output < outputs; output++)
            {
                var sum = 0f;
                for (var k = 0; k < inputs; k++) sum = MathF.FusedMultiplyAdd(x[row * inputs + k], w[k * outputs + output], sum);
                result[row * outputs + output] = sum;
            }
        }
        return result;
    }
}
