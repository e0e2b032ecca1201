using SaeDashboard.Torch.Extensions;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class AutogradTests : TensorTest
{
    private static Tensor Leaf(params long[] shape) =>
        tensor(Reference.Numbers((int)shape.Aggregate(1L, (a, b) => a * b)), shape, ScalarType.Float64).requires_grad_();

    private static Tensor Constant(int seed, params long[] shape) =>
        tensor(Reference.Numbers((int)shape.Aggregate(1L, (a, b) => a * b), seed), shape, ScalarType.Float64);

    public static TheoryData<string, Func<Tensor, Tensor>> Losses => new()
    {
        { "matmul", x => x.matmul(Constant(2, 4, 3)).pow(2).sum() },
        { "top-k scattered", x => { var (v, i) = x.topk(2); return (zeros_like(x).scatter(1, i, v) * Constant(3, 5, 4)).square().sum(); } },
        { "layer norm", x => (nn.functional.layer_norm(x, [4], Constant(4, 4), Constant(5, 4)) * Constant(6, 5, 4)).sum() },
        { "gather", x => x.gather(1, tensor([0L, 3, 1, 1, 2], [5, 1])).exp().sum() },
        { "softmax", x => (x.softmax(1) * Constant(7, 5, 4)).sum() },
        { "attention", x => (nn.functional.scaled_dot_product_attention(x, x, x, is_casual: true) * Constant(8, 5, 4)).sum() },
        { "gelu and mean", x => nn.functional.gelu(x).mean() },
        { "index_select and norm", x => x.index_select(0, tensor([1L, 1L, 4L])).norm(1).sum() },
        { "views and cat", x => (cat([x[.., ..2], x[1.., 2..].flatten().reshape(4, 2)]) * Constant(9, 9, 2)).square().sum() },
        { "division and clamp", x => (1 / (x.clamp(-0.9, 0.9) + 2)).sum() },
        { "where and masked_fill", x => (where(x > 0, x * 2, x.square()).masked_fill(x > 0.8, 0) * Constant(10, 5, 4)).sum() },
        { "index_add", x => zeros([3, 4], float64).index_add(0, tensor([0L, 1, 2, 0, 1]), x, 2).square().sum() },
    };

    [Theory]
    [MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void A_gradient_is_its_differences(string name, Func<Tensor, Tensor> loss)
    {
        Assert.NotEmpty(name);
        var x = Leaf(5, 4);
        loss(x).backward();
        Assert.Equal(x.shape, x.grad!.shape);
        Reference.Near(Reference.Differences(loss, x), x.grad!, 1e-6);
    }

    [Fact]
    public void Gradients_add_up_until_they_are_zeroed()
    {
        var x = Leaf(3);
        Assert.Null(x.grad);
        (x * 2).sum().backward();
        (x * 3).sum().backward();
        Reference.Near([5, 5, 5], x.grad!);
        x.grad!.zero_();
        Reference.Near([0, 0, 0], x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void Autograd_grad_leaves_the_leaf_alone()
    {
        var x = Leaf(3);
        var gradient = autograd.grad([x.pow(3).sum()], [x])[0];
        Reference.Near(TensorData.ToArray(x).Select(v => 3.0 * v * v), gradient, 1e-6);
        Assert.Null(x.grad);
    }

    [Fact]
    public void Nothing_is_recorded_where_it_is_switched_off()
    {
        var x = Leaf(2);
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
            x.add_(1);
        }
        Assert.True(is_grad_enabled());
        Assert.True((x * 2).requires_grad);
        Assert.False(x.detach().requires_grad);
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
        }
        Assert.False(is_inference_mode_enabled());
    }

    [Fact]
    public void A_parameter_takes_its_tensor_over()
    {
        var data = ones(2);
        using var parameter = new Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
        Assert.True(parameter.is_leaf);
        (parameter * 3).sum().backward();
        Reference.Near([3, 3], parameter.grad!);
    }
}
