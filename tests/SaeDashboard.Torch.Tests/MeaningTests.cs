using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

/// <summary>What TorchSharp means where a reader could expect otherwise: which results are copies, which overload a call takes.</summary>
public class MeaningTests
{
    [Fact]
    public void Cat_of_one_tensor_is_that_tensor()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2);
        cat([x], 0).fill_(1);
        Assert.Equal([1f, 1], TensorData.ToArray(x));
        cat([x, zeros(0)], 0).fill_(2);
        Assert.Equal([1f, 1], TensorData.ToArray(x));
        stack([x], 0).fill_(2);
        Assert.Equal([1f, 1], TensorData.ToArray(x));
    }

    [Fact]
    public void Conversions_that_change_nothing_copy_nothing()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3);
        Tensor[] unchanged =
            [x.cpu(), x.contiguous(), x.detach(), x.to(ScalarType.Float32), x.to_type(ScalarType.Float32), x.to(CPU), x.reshape(3, 2), x.view(6), x.alias()];
        foreach (var same in unchanged)
        {
            Assert.NotSame(x, same);
            Assert.Equal(TensorData.UncheckedAddress(x), TensorData.UncheckedAddress(same));
        }
        Assert.NotEqual(TensorData.UncheckedAddress(x), TensorData.UncheckedAddress(x.clone()));
    }

    [Fact]
    public void A_part_or_a_transpose_is_contiguous_where_the_other_dimension_is_of_size_1()
    {
        // What is to be a copy is clone() or copy_, not contiguous().
        using var scope = NewDisposeScope();
        var one = zeros(1, 4, 3);
        Assert.Equal(Address(one.narrow(1, 0, 2)), Address(one.narrow(1, 0, 2).contiguous()));
        Assert.NotEqual(Address(one.narrow(1, 0, 2)), Address(one.narrow(1, 0, 2).clone()));
        var row = zeros(1, 3);
        Assert.Equal(Address(row), Address(row.t().contiguous()));
        var several = zeros(2, 4, 3);
        Assert.NotEqual(Address(several.narrow(1, 0, 2)), Address(several.narrow(1, 0, 2).contiguous()));
        Assert.True(several.narrow(1, 0, 2).clone().is_contiguous());

        static nint Address(Tensor tensor) => TensorData.UncheckedAddress(tensor);
    }

    [Fact]
    public void In_place_calls_return_the_object_they_were_called_on()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, 3);
        Assert.Same(x, x.add_(x));
        Assert.Same(x, x.sub_(ones(2, 3)));
        Assert.Same(x, x.mul_(2));
        Assert.Same(x, x.copy_(ones(2, 3)));
        Assert.Same(x, x.fill_(2));
        Assert.Same(x, x.addmm_(ones(2, 2), ones(2, 3), 0, 1));
        Assert.Same(x, x.scatter_(1, zeros([2, 3], ScalarType.Int64), ones(2, 3)));
        Assert.Same(x, x.index_copy_(0, tensor(new[] { 0L }), ones(1, 3)));
        Assert.Same(x, x.requires_grad_(false));
    }

    [Fact]
    public void Zero_returns_another_object_and_clears_a_part_in_place()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, 3);
        var part = x.narrow(1, 1, 2);
        Assert.NotSame(part, part.zero_());
        Assert.Equal([1f, 0, 0, 1, 0, 0], TensorData.ToArray(x));
        part.zero_().scatter_(1, zeros([2, 1], ScalarType.Int64), full([2, 1], 7f));
        Assert.Equal([1f, 7, 0, 1, 7, 0], TensorData.ToArray(x));
    }

    [Fact]
    public void A_product_in_place_with_beta_0_does_not_read_what_was_there()
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            var x = full([2, 2], float.NaN, type);
            x.addmm_(ones([2, 3], type), ones([3, 2], type), 0, 1);
            Assert.Equal([3f, 3, 3, 3], TensorData.ToArray(x));
        }
    }

    [Fact]
    public void A_tensor_of_an_array_is_a_copy()
    {
        using var scope = NewDisposeScope();
        var (floats, longs) = (new[] { 1f, 2 }, new[] { 3L, 4 });
        var (x, y) = (tensor(floats), tensor(longs));
        (floats[0], longs[0]) = (9, 9);
        x.add_(1);
        Assert.Equal([2f, 3], TensorData.ToArray(x));
        Assert.Equal([3L, 4], TensorData.ToInt64Array(y));
        Assert.Equal([9f, 2], floats);
    }

    [Fact]
    public void A_literal_0_is_a_type_and_other_numbers_are_dimensions()
    {
        using var scope = NewDisposeScope();
        var x = arange(6, ScalarType.Float32).reshape(2, 3);
        // ScalarType.Byte is 0: the sum over everything, as a byte.
        Assert.Empty(x.sum(0).shape);
        Assert.Equal([3f, 5, 7], TensorData.ToArray(x.sum([0])));
        Assert.Equal([3f, 12], TensorData.ToArray(x.sum(1)));
        Assert.Equal([2L, 1], x.sum(1, true).shape);
        // norm(1) is over dimension 1, not the 1-norm.
        Assert.Equal([2f], TensorData.ToArray(ones(1, 4).norm(1)));
        Assert.Equal(2f, ones(4).norm().ToSingle());
        Assert.Equal([1f, 4], TensorData.ToArray(x.mean([1])));
        Assert.Equal([2L, 1], x.std(1, true, true).shape);
        Assert.Equal([1f, 1], TensorData.ToArray(x.std(1, true, true)));
        Assert.Equal([2f, 5], TensorData.ToArray(x.amax([1])));
        Assert.Equal([true, false], x.lt(3).all(1).data<bool>().ToArray());
        var (values, indices) = x.topk(2, 1);
        Assert.Equal([2f, 1, 5, 4], TensorData.ToArray(values));
        Assert.Equal([2L, 1, 2, 1], TensorData.ToInt64Array(indices));
        Assert.Equal([3L], x.select(0, 0).unsqueeze(0).squeeze(0).shape);
    }

    [Fact]
    public void The_object_that_where_is_called_on_is_taken_where_the_condition_holds()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1f, 0], TensorData.ToArray(ones(2).where(tensor(new[] { true, false }), zeros(2))));
    }

    [Fact]
    public void Whole_numbers_and_floats_as_factors_keep_the_type()
    {
        using var scope = NewDisposeScope();
        var x = ones(2);
        Assert.All(new[] { x.mul(2), x.mul(2L), x.div(2.0), x.add(1), x.clamp_min(1e-6), x.pow(2), x.masked_fill(x.gt(0), double.PositiveInfinity) },
            result => Assert.Equal(ScalarType.Float32, result.dtype));
        Assert.Equal(ScalarType.Int64, arange(3).dtype);
        Assert.Equal(ScalarType.Int64, x.gt(0).sum().dtype);
    }

    [Fact]
    public void A_leaf_that_played_no_part_has_no_gradient()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (ones(2, requires_grad: true), ones(2, requires_grad: true));
        x.square().sum().backward();
        Assert.Equal([2f, 2], TensorData.ToArray(x.grad!));
        Assert.Null(y.grad);
    }

    [Fact]
    public void A_tensor_moved_out_of_its_scope_lives_as_long_as_the_outer_one()
    {
        Tensor kept, moved, lost;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                (kept, lost) = (ones(1).DetachFromDisposeScope(), ones(1));
                // A view owns a share of the memory, not of the tensor's life.
                moved = lost.view(1, 1).MoveToOuterDisposeScope();
            }
            Assert.True(lost.IsInvalid);
            Assert.Equal(1f, moved[0, 0].ToSingle());
        }
        Assert.True(moved.IsInvalid);
        Assert.False(kept.IsInvalid);
        kept.Dispose();
        kept.Dispose();
        // Without an outer scope it is the caller's.
        using (var only = NewDisposeScope()) moved = ones(1).MoveToOuterDisposeScope();
        Assert.False(moved.IsInvalid);
        moved.Dispose();
    }

    [Fact]
    public void The_bytes_of_a_tensor_are_its_memory_in_the_order_of_the_whole()
    {
        // A transpose's bytes are the untransposed rows: contiguous() first, as TensorData does.
        using var scope = NewDisposeScope();
        var x = arange(4, ScalarType.Int64).reshape(2, 2);
        Assert.Equal([0L, 2, 1, 3], TensorData.ToInt64Array(x.t()));
        Assert.Equal([0L, 2, 1, 3], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(x.t().contiguous().bytes).ToArray());
    }
}
