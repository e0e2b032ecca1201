using System.Runtime.Intrinsics;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Decoding;

/// <summary>Attention of one query: its bits are part of what presets promise.</summary>
public unsafe class SingleQueryAttentionTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [InlineData(24)]
    [InlineData(12)]
    public void Every_score_and_weight_is_computed_in_one_order(int size)
    {
        using var gradients = no_grad();
        manual_seed(size);
        foreach (var columns in new[] { 1, 2, 3, 4, 5, 8, 13, 16, 24, 31, 100 })
        {
            using var scope = NewDisposeScope();
            var (query, keys, values, bias) = (randn(size), randn(columns, size), randn(columns, size), randn(columns));
            Assert.Equal(Plain(query, keys, values, null), Attend(query, keys, values, null, isBFloat16: false));
            Assert.Equal(Plain(query, keys, values, bias), Attend(query, keys, values, bias, isBFloat16: false));
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [InlineData(12)]
    public void Keys_and_values_in_bfloat16_give_what_the_same_numbers_give_in_float32(int size)
    {
        using var gradients = no_grad();
        manual_seed(size);
        foreach (var columns in new[] { 1, 3, 4, 7, 16, 100 })
        {
            using var scope = NewDisposeScope();
            var (query, keys, values) = (randn(size), randn(columns, size).to(ScalarType.BFloat16), randn(columns, size).to(ScalarType.BFloat16));
            Assert.Equal(Attend(query, keys.to(ScalarType.Float32), values.to(ScalarType.Float32), null, isBFloat16: false), Attend(query, keys, values, null, isBFloat16: true));
        }
    }

    [Fact]
    public void Keys_are_rounded_to_bfloat16_as_libtorch_does()
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        // Ties, a value that rounds up into infinity, what is too small, and NaN.
        var edges = new[] { 0x3F808000u, 0x3F818000u, 0x3F808001u, 0xBF807FFFu, 0x7F7FFFFFu, 0x00000001u, 0x80000000u, 0x7F800000u, 0xFF800000u };
        var values = cat([tensor(Array.ConvertAll(edges, BitConverter.UInt32BitsToSingle)), randn(1000)], 0);
        var numbers = TensorData.ToArray(values);
        var rounded = new ushort[numbers.Length];
        BFloat16Rounding.Round(numbers, rounded);
        Assert.Equal(TensorData.ToArray(values.to(ScalarType.BFloat16)), Array.ConvertAll(rounded, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)));
        BFloat16Rounding.Round([.. Enumerable.Repeat(float.NaN, 17)], rounded);
        Assert.All(rounded[..17], bits => Assert.True(float.IsNaN(BitConverter.UInt32BitsToSingle((uint)bits << 16))));
    }

    private static float[] Attend(Tensor query, Tensor keys, Tensor values, Tensor? bias, bool isBFloat16)
    {
        var (columns, size) = ((int)keys.shape[0], (int)keys.shape[1]);
        using var result = empty(size);
        var head = new SingleQueryAttention.Head(TensorData.UncheckedAddress(query), TensorData.UncheckedAddress(keys),
            TensorData.UncheckedAddress(values), TensorData.UncheckedAddress(result), columns, bias is null ? 0 : TensorData.UncheckedAddress(bias));
        SingleQueryAttention.Attend(head, size, isBFloat16, new float[SingleQueryAttention.Padded(columns)]);
        return TensorData.ToArray(result);
    }

    /// <summary>Column by column and element by element, with vectors of eight only where sums and exponentials are defined by them.</summary>
    private static float[] Plain(Tensor query, Tensor keys, Tensor values, Tensor? bias)
    {
        var (columns, size) = ((int)keys.shape[0], (int)keys.shape[1]);
        float[] q = TensorData.ToArray(query), k = TensorData.ToArray(keys), v = TensorData.ToArray(values);
        var added = bias is null ? new float[columns] : TensorData.ToArray(bias);
        var padded = SingleQueryAttention.Padded(columns);
        var scores = Enumerable.Repeat(float.NegativeInfinity, padded).ToArray();
        var whole = size / 8 * 8;
        for (var column = 0; column < columns; column++)
        {
            var chains = new float[8];
            for (var index = 0; index < whole; index++) chains[index % 8] = MathF.FusedMultiplyAdd(q[index], k[column * size + index], chains[index % 8]);
            scores[column] = chains[0] + chains[1] + (chains[2] + chains[3]) + (chains[4] + chains[5] + (chains[6] + chains[7]));
            for (var index = whole; index < size; index++) scores[column] = MathF.FusedMultiplyAdd(q[index], k[column * size + index], scores[column]);
            scores[column] += added[column];
        }
        var largest = Vector256.Create(scores.Max());
        var total = Vector256<float>.Zero;
        for (var column = 0; column < padded; column += 8)
        {
            var weight = Vector256.Exp(Vector256.Create(scores, column) - largest);
            weight.CopyTo(scores, column);
            total += weight;
        }
        var result = new float[size];
        for (var index = 0; index < size; index++)
        {
            for (var column = 0; column < columns; column++) result[index] = MathF.FusedMultiplyAdd(scores[column], v[column * size + index], result[index]);
            result[index] *= 1 / Vector256.Sum(total);
        }
        return result;
    }
}
