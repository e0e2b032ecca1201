using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class DataTests : TensorTest
{
    [Fact]
    public void Factories_fill_shape_and_type()
    {
        Assert.Equal([2L, 3L], zeros(2, 3).shape);
        Assert.Equal([0f, 1, 2], TensorData.ToArray(arange(3)));
        Assert.Equal(ScalarType.Int64, arange(3).dtype);
        Assert.Equal(ScalarType.Float32, arange(0.0, 1.0, 0.25).dtype);
        Assert.Equal([3f, 3], TensorData.ToArray(full([2L], 3.0)));
        Assert.Equal([1f, 0, 0, 1], TensorData.ToArray(eye(2)));
        Assert.Equal([0f, 0.5f, 1], TensorData.ToArray(linspace(0, 1, 3)));
        Assert.Equal((ScalarType.Float32, ScalarType.Float64, ScalarType.Int32, ScalarType.Int64, ScalarType.Bool),
            (tensor(1f).dtype, tensor([1.0]).dtype, tensor(1).dtype, tensor([1L]).dtype, tensor([true]).dtype));
        Assert.Equal(ScalarType.BFloat16, zeros_like(ones(2), ScalarType.BFloat16).dtype);
    }

    [Fact]
    public void The_same_seed_draws_the_same_numbers()
    {
        var first = randn([100L], generator: new Generator(7));
        Assert.True(first.Equals(randn([100L], generator: new Generator(7))));
        Assert.False(first.Equals(randn([100L], generator: new Generator(8))));
        using var generator = new Generator(5);
        var state = generator.get_state();
        var drawn = rand([10L], generator: generator);
        generator.set_state(state);
        Assert.True(drawn.Equals(rand([10L], generator: generator)));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), TensorData.ToInt64Array(randperm(50)).Order());
        Assert.All(TensorData.ToInt64Array(randint(3, 6, [100L])), v => Assert.InRange(v, 3, 5));
        Assert.InRange(rand(10000).mean().ToSingle(), 0.48f, 0.52f);
    }

    [Fact]
    public void Accessors_read_and_write_in_row_major_order()
    {
        var x = arange(6).reshape(2, 3);
        Assert.Equal([0L, 3, 1, 4, 2, 5], x.t().data<long>().ToArray());
        Assert.Equal([0L, 3, 1, 4, 2, 5], x.t().data<long>());
        Assert.Equal(5L, x.data<long>()[1, 2]);
        x.data<long>()[1, 2] = 50;
        Assert.Equal(50L, x[1, 2].item<long>());
        var nested = (long[,])x.data<long>().ToNDArray();
        Assert.Equal(50L, nested[1, 2]);
    }

#if !TORCHSHARP_PACKAGE
    // TorchSharp 0.107 goes past the tensor's end here.
    [Fact]
    public void Accessors_copy_parts_of_tensors_with_gaps()
    {
        var x = arange(6).reshape(2, 3);
        var part = new long[2];
        x.t().data<long>().CopyTo(part, tensorIndex: 3);
        Assert.Equal([4L, 2L], part);
        x.t().data<long>().CopyFrom(new long[] { 9, 8 }, tensorIndex: 1);
        Assert.Equal([0L, 8, 2, 9, 4, 5], x.data<long>().ToArray());
    }
#endif

    [Fact]
    public void Bytes_are_the_tensors_memory()
    {
        var x = tensor([1f, 2f]);
        MemoryMarshal.Cast<byte, float>(x.bytes)[1] = 7;
        Assert.Equal(7f, x[1].item<float>());
        Assert.Equal(8, x.bytes.Length);
    }

    [Fact]
    public void Numbers_are_converted_when_asked()
    {
        Assert.Equal(1.5f, tensor(1.5).ToSingle());
        Assert.Equal(1L, tensor(1.5).ToInt64());
        Assert.Equal(2.0, (double)tensor(2L));
        Assert.True((bool)tensor(true));
        Assert.Equal([1f, 2f], TensorData.ToArray(tensor([1.2f, 2.7f]).to(ScalarType.Int64)));
        Assert.Equal(1.0078125f, tensor([1.0078125f]).to(ScalarType.BFloat16).to(ScalarType.Float32).item<float>());
    }

    [Fact]
    public void Arrays_come_out_whatever_the_tensor_is()
    {
        Assert.Equal([0f, 2, 1, 3], TensorData.ToArray(arange(4).reshape(2, 2).t()));
        Assert.Equal([1f], TensorData.ToArray(tensor(1.0, requires_grad: true)));
        Assert.Empty(TensorData.ToArray(zeros(0, 3)));
        var before = Tensor.TotalCount;
        Assert.Equal([2f, 2], TensorData.ToArray(ones(2).mul_(2)));
        Assert.True(Tensor.TotalCount >= 0 && before >= 0);
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

#if !TORCHSHARP_PACKAGE
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
        Assert.Matches(@"^\d+\.\d+", TorchRuntime.CompiledVersion);
        Assert.Matches(@"^\d+\.\d+", TorchRuntime.LoadedVersion);
        Assert.NotEmpty(TorchRuntime.Blas);
        var error = Assert.Throws<InvalidOperationException>(() => TorchRuntime.RequireOneVersion("2.10.0", "2.11.0+cu130"));
        Assert.Contains("2.11.0+cu130", error.Message, StringComparison.Ordinal);
        TorchRuntime.RequireOneVersion("2.11.0", "2.11.1+cpu");
    }
#endif
}
