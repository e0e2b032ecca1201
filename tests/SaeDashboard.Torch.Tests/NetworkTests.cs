using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class NetworkTests : TensorTest
{
    [Fact]
    public void Products_of_matrices()
    {
        var (a, b) = (Reference.Numbers(35, 1), Reference.Numbers(21, 2));
        var expected = Reference.Product(a, b, 5, 7, 3);
        var (x, y) = (tensor(a, [5, 7]), tensor(b, [7, 3]));
        Reference.Near(expected, x.mm(y));
        Reference.Near(expected, matmul(x, y));
        Reference.Near(expected, nn.functional.linear(x, y.t()));
        Reference.Near(expected, einsum("ik,kj->ij", x, y));
        Reference.Near(expected, x.unsqueeze(0).bmm(y.unsqueeze(0)));
        Reference.Near(expected.Select(v => 2 * v + 0.5), ones(5, 3).addmm(x, y, beta: 0.5f, alpha: 2));
#if !TORCHSHARP_PACKAGE
        // TorchSharp 0.107 hands baddbmm's three tensors on in another order.
        Reference.Near(expected.Select(v => v + 1), baddbmm(ones(1, 5, 3), x.unsqueeze(0), y.unsqueeze(0)));
#endif
        Reference.Near(expected.Where((_, i) => i % 3 == 0), x.mv(y.select(1, 0)));
        Reference.Near(expected.Where((_, i) => i % 3 == 0).Select(v => v + 1), ones(5).addmv_(x, y.select(1, 0)));
        Reference.Near(a.Take(5).SelectMany(p => b.Take(3).Select(q => (double)p * q)), outer(tensor(a[..5]), tensor(b[..3])));
    }

    [Fact]
    public void Layer_norm()
    {
        var numbers = Reference.Numbers(12);
        var expected = numbers.Select(v => (double)v).Chunk(4).SelectMany(row =>
        {
            var mean = row.Average();
            var variance = row.Average(v => (v - mean) * (v - mean));
            return row.Select((v, i) => (v - mean) / Math.Sqrt(variance + 1e-5) * (i + 1) + 0.5);
        });
        Reference.Near(expected, nn.functional.layer_norm(tensor(numbers, [3, 4]), [4], tensor([1f, 2f, 3f, 4f]), full(4, 0.5)));
    }

    [Fact]
    public void Softmax_and_cross_entropy()
    {
        var numbers = Reference.Numbers(6);
        var rows = numbers.Select(v => (double)v).Chunk(3)
            .Select(row => row.Select(v => Math.Exp(v) / row.Sum(Math.Exp)).ToArray()).ToArray();
        var x = tensor(numbers, [2, 3]);
        Reference.Near(rows.SelectMany(r => r), softmax(x, 1));
        Reference.Near(rows.SelectMany(r => r).Select(v => Math.Log(v)), nn.functional.log_softmax(x, 1));
        Reference.Near([-(Math.Log(rows[0][2]) + Math.Log(rows[1][0])) / 2], nn.functional.cross_entropy(x, tensor([2L, 0L])));
    }

    [Fact]
    public void Convolutions_undo_their_shapes()
    {
        var (signal, kernel) = (Reference.Numbers(10, 1), Reference.Numbers(3, 2));
        var expected = Enumerable.Range(0, 4).Select(i => Enumerable.Range(0, 3).Sum(k => (double)signal[i * 2 + k] * kernel[k]) + 0.25);
        Reference.Near(expected, nn.functional.conv1d(tensor(signal, [1, 1, 10]), tensor(kernel, [1, 1, 3]), tensor([0.25f]), stride: 2));
        var spread = new double[9];
        for (var i = 0; i < 4; i++)
            for (var k = 0; k < 3; k++)
                spread[i * 2 + k] += (double)signal[i] * kernel[k];
        Reference.Near(spread, nn.functional.conv_transpose1d(tensor(signal[..4], [1, 1, 4]), tensor(kernel, [1, 1, 3]), stride: 2));
    }

    [Fact]
    public void Padding()
    {
        var x = tensor([1f, 2f, 3f], [1, 1, 3]);
        Assert.Equal([0f, 0, 1, 2, 3, 0], TensorData.ToArray(nn.functional.pad(x, (2, 1))));
        Assert.Equal([3f, 2, 1, 2, 3, 2], TensorData.ToArray(nn.functional.pad(x, (2, 1), PaddingModes.Reflect)));
        Assert.Equal([1f, 1, 1, 2, 3, 3], TensorData.ToArray(nn.functional.pad(x, (2, 1), PaddingModes.Replicate)));
        Assert.Equal([7f, 1, 2, 3], TensorData.ToArray(nn.functional.pad(x, [1L, 0L], value: 7)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_is_its_formula(bool causal)
    {
        const int Heads = 2, Length = 5, Width = 4;
        var (q, k, v) = (Reference.Numbers(40, 1), Reference.Numbers(40, 2), Reference.Numbers(40, 3));
        var expected = new double[40];
        for (var head = 0; head < Heads; head++)
            for (var i = 0; i < Length; i++)
            {
                var seen = causal ? i + 1 : Length;
                var weights = Enumerable.Range(0, seen).Select(j => Math.Exp(
                    Enumerable.Range(0, Width).Sum(w => (double)q[At(head, i, w)] * k[At(head, j, w)]) / Math.Sqrt(Width))).ToArray();
                for (var w = 0; w < Width; w++)
                    expected[At(head, i, w)] = weights.Select((p, j) => p * v[At(head, j, w)]).Sum() / weights.Sum();
            }
        Tensor Shaped(float[] numbers) => tensor(numbers, [1, Heads, Length, Width]);
        var attended = nn.functional.scaled_dot_product_attention(Shaped(q), Shaped(k), Shaped(v), is_casual: causal);
        Reference.Near(expected, attended);
        var mask = causal ? ones([Length, Length], ScalarType.Bool).tril() : ones([Length, Length], ScalarType.Bool);
        Reference.Near(expected, nn.functional.scaled_dot_product_attention(Shaped(q), Shaped(k), Shaped(v), mask));

        static int At(int head, int column, int width) => (head * Length + column) * Width + width;
    }

    [Fact]
    public void Angles_and_distances()
    {
        var x = tensor([3f, 4f], [1, 2]);
        Reference.Near([0.6, 0.8], nn.functional.normalize(x));
        Reference.Near([0.8], nn.functional.cosine_similarity(x, tensor([0f, 2f], [1, 2])));
        Reference.Near([(9 + 9) / 2.0], nn.functional.mse_loss(x, tensor([0f, 1f], [1, 2])));
        Reference.Near([18], nn.functional.mse_loss(x, tensor([0f, 1f], [1, 2]), nn.Reduction.Sum));
    }

    [Fact]
    public void Decompositions_give_the_matrix_back()
    {
        var x = tensor(Reference.Numbers(12), [4, 3]);
        var (u, s, vh) = linalg.svd(x, fullMatrices: false);
        Reference.Near(TensorData.ToArray(x).Select(v => (double)v), u.mm(s.diag()).mm(vh));
        var square = x.t().mm(x);
        var (values, vectors) = linalg.eigh(square);
        Reference.Near(TensorData.ToArray(square).Select(v => (double)v), vectors.mm(values.diag()).mm(vectors.t()));
        Reference.Near(TensorData.ToArray(eye(3)).Select(v => (double)v), linalg.solve(square, square), 1e-4);
    }
}
