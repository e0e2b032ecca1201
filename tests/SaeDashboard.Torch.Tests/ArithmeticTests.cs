using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class ArithmeticTests : TensorTest
{
    private readonly float[] a = Reference.Numbers(24, 1);
    private readonly float[] b = Reference.Numbers(24, 2);

    public static TheoryData<string, Func<Tensor, Tensor>, Func<double, double>> Functions => new()
    {
        { "abs", x => x.abs(), Math.Abs }, { "exp", x => x.exp(), Math.Exp }, { "tanh", x => x.tanh(), Math.Tanh },
        { "sin", x => x.sin(), Math.Sin }, { "cos", x => x.cos(), Math.Cos }, { "neg", x => -x, x => -x },
        { "square", x => x.square(), x => x * x }, { "floor", x => x.floor(), Math.Floor }, { "sign", x => x.sign(), x => Math.Sign(x) },
        { "sigmoid", x => x.sigmoid(), x => 1 / (1 + Math.Exp(-x)) }, { "relu", x => x.relu(), x => Math.Max(0, x) },
        { "log of 2 + x", x => (x + 2).log(), x => Math.Log(x + 2) }, { "sqrt of 2 + x", x => (x + 2).sqrt(), x => Math.Sqrt(x + 2) },
        { "rsqrt of 2 + x", x => (x + 2).rsqrt(), x => 1 / Math.Sqrt(x + 2) },
        { "log1p", x => (x * 0.5).log1p(), x => Math.Log(1 + x * 0.5) },
        { "pow 3", x => x.pow(3), x => x * x * x }, { "clamp", x => x.clamp(-0.5, 0.25), x => Math.Clamp(x, -0.5, 0.25) },
        { "clamp_min", x => x.clamp(min: 0.1), x => Math.Max(x, 0.1) }, { "1 - x", x => 1 - x, x => 1 - x },
        { "1 / (2 + x)", x => 1.0 / (2 + x), x => 1 / (2 + x) }, { "elu", x => x.elu(), x => x > 0 ? x : Math.Exp(x) - 1 },
        { "silu", x => x.silu(), x => x / (1 + Math.Exp(-x)) },
        { "gelu by tanh", x => x.gelu(TorchSharp.Modules.GELU.Approximate.tanh),
            x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))) },
    };

    [Theory]
    [MemberData(nameof(Functions), DisableDiscoveryEnumeration = true)]
    public void A_function_of_every_element(string name, Func<Tensor, Tensor> function, Func<double, double> expected)
    {
        Assert.NotEmpty(name);
        Reference.Near(a.Select(x => expected(x)), function(tensor(a)));
    }

    [Fact]
    public void Erf_and_gelu_are_each_others()
    {
        var x = tensor(a);
        Reference.Near(TensorData.ToArray(x * 0.5 * (1 + (x / Math.Sqrt(2)).erf())).Select(v => (double)v), nn.functional.gelu(x), 1e-6);
        Reference.Near([0.8427007929497149, 0.5204998778130465], tensor([1.0f, 0.5f]).erf(), 1e-6);
    }

    [Fact]
    public void Operators_of_two_tensors()
    {
        var (x, y) = (tensor(a), tensor(b));
        Reference.Near(a.Zip(b, (p, q) => (double)p + q), x + y);
        Reference.Near(a.Zip(b, (p, q) => (double)p - q), x - y);
        Reference.Near(a.Zip(b, (p, q) => (double)p * q), x * y);
        Reference.Near(a.Zip(b, (p, q) => p / ((double)q + 2)), x / (y + 2));
        Reference.Near(a.Zip(b, (p, q) => p + 0.25 * q), x.add(y, 0.25));
    }

    [Fact]
    public void In_place_operations_change_the_tensor_and_return_it()
    {
        var x = tensor(a);
        Assert.Same(x, x.add_(1).mul_(2).sub_(tensor(b)).div_(4));
        Reference.Near(a.Zip(b, (p, q) => ((p + 1.0) * 2 - q) / 4), x);
        Reference.Near(new double[24], x.zero_());
        Reference.Near(new double[24], x);
        Assert.Same(x, x.copy_(tensor(b)));
        Reference.Near(b.Select(v => (double)v), x);
    }

    [Fact]
    public void Products_added()
    {
        var (x, y) = (tensor(a), tensor(b));
        Reference.Near(a.Zip(b, (p, q) => p + 0.5 * p * q), x.addcmul(x, y, 0.5));
        Reference.Near(a.Zip(b, (p, q) => p + 0.5 * p / (q + 2)), x.clone().addcdiv_(x, y + 2, 0.5));
        Reference.Near(a.Zip(b, (p, q) => p + 0.1 * (q - (double)p)), x.clone().lerp_(y, tensor(0.1f)));
    }

    [Fact]
    public void Comparisons_give_booleans()
    {
        var (x, y) = (tensor(a), tensor(b));
        Assert.Equal(ScalarType.Bool, (x < y).dtype);
        Assert.Equal(a.Zip(b, (p, q) => p < q), (x < y).data<bool>().ToArray());
        Assert.Equal(a.Select(p => p >= 0), x.ge(0).data<bool>().ToArray());
        Assert.Equal(a.Zip(b, (p, q) => p > 0 && q > 0), (x > 0).logical_and(y > 0).data<bool>().ToArray());
        Assert.Equal(a.Zip(b, (p, q) => p > 0 ? p : q), where(x > 0, x, y).data<float>().ToArray());
        Assert.Equal(a.Zip(b, Math.Max), maximum(x, y).data<float>().ToArray());
        Assert.Equal(a.Select(p => p > 0 ? 7f : p), x.masked_fill(x > 0, 7).data<float>().ToArray());
    }

    [Fact]
    public void Non_finite_numbers_are_found()
    {
        var x = tensor([1f, float.NaN, float.PositiveInfinity, -2f]);
        Assert.Equal([true, false, false, true], x.isfinite().data<bool>().ToArray());
        Assert.Equal([false, true, false, false], isnan(x).data<bool>().ToArray());
    }

    [Fact]
    public void Types_are_promoted_as_libtorch_does()
    {
        Assert.Equal(ScalarType.Float32, (tensor(2f) * 3.0).dtype);
        Assert.Equal(ScalarType.Int64, (tensor(2L) * 3).dtype);
        Assert.Equal(ScalarType.Float32, (1 / tensor([2, 4])).dtype);
        Assert.Equal(ScalarType.Float64, (tensor(2f, CPU) * tensor([1.0])).dtype);
        Assert.Equal(ScalarType.Int64, tensor([2L, 3L]).div(2, RoundingMode.floor).dtype);
    }
}
