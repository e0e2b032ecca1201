using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class DataTests
{
    [Fact]
    public void Arrays_come_out_whatever_the_tensor_is()
    {
        Assert.Equal([0f, 2, 1, 3], TensorData.ToArray(arange(4).reshape(2, 2).t()));
        Assert.Equal([1f], TensorData.ToArray(tensor(1.0, requires_grad: true)));
        Assert.Empty(TensorData.ToArray(zeros(0, 3)));
        Assert.Equal([2f, 2], TensorData.ToArray(ones(2).mul_(2)));
    }

    [Fact]
    public unsafe void Memory_goes_in_by_copy()
    {
        var halves = new ushort[] { 0x3f80, 0x4000, 0xc040 };
        fixed (ushort* first = halves)
        {
            var x = TensorData.FromBytes((nint)first, 6, ScalarType.BFloat16, [3]);
            halves[0] = 0;
            Assert.Equal([1f, 2, -3], TensorData.ToArray(x));
            Assert.Throws<ArgumentException>(() => TensorData.FromBytes(0, 5, ScalarType.BFloat16, [3]));
        }
        Assert.Equal([3L, 4], TensorData.ToInt64Array(TensorData.FromInt64s([3, 4], 2)));
        Assert.Equal([0L, 5], TensorData.FromBytes(0, 0, ScalarType.Int32, [0, 5]).shape);
    }

    [Fact]
    public void A_span_is_the_tensors_memory_or_refused()
    {
        var x = TensorData.FromFloats([1, 2, 3, 4], 2, 2);
        TensorData.AsSpan(x)[3] = 9;
        Assert.Equal(9f, x[1, 1].ToSingle());
        Assert.Throws<ArgumentException>(() => TensorData.AsSpan(x.t()).Length);
        Assert.Throws<ArgumentException>(() => TensorData.AsSpan(x.to(ScalarType.Float64)).Length);
        Assert.Throws<ArgumentException>(() => TensorData.FromFloats([1, 2], 3));
    }

    [Fact]
    public void Tiny_numbers_are_rounded_to_zero_after_start()
    {
        TorchRuntime.Initialize(TorchRuntime.Threads > 0 ? TorchRuntime.Threads : 2);
        Assert.Equal(0f, (tensor([1e-30f]) * 1e-10f).item<float>());
    }

    [Fact]
    public void Runtime_names_itself()
    {
        TorchRuntime.Initialize(TorchRuntime.Threads > 0 ? TorchRuntime.Threads : 2);
        Assert.Equal(__version__, TorchRuntime.CompiledVersion + ".0");
        Assert.Equal(TorchRuntime.CompiledVersion, TorchRuntime.LoadedVersion);
        Assert.NotEmpty(TorchRuntime.Blas);
        var error = Assert.Throws<InvalidOperationException>(() => TorchLibraries.RequireOneVersion("2.10.0", "2.11.0+cu130"));
        Assert.Contains("2.11.0+cu130", error.Message, StringComparison.Ordinal);
        TorchLibraries.RequireOneVersion("2.11.0", "2.11.1+cpu");
        Assert.Throws<InvalidOperationException>(() => TorchLibraries.RequireOneVersion("2.10.0", null));
    }
}
