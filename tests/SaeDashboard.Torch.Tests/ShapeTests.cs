using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class ShapeTests : TensorTest
{
    private static Tensor Counting(params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b)).reshape(shape);

    private static long[] Of(Tensor tensor) => TensorData.ToInt64Array(tensor);

    [Fact]
    public void Views_share_memory_and_copies_do_not()
    {
        var x = Counting(2, 3);
        x.view(3, 2)[0, 0] = tensor(9L);
        Assert.Equal([9L, 1, 2, 3, 4, 5], Of(x));
        x.t().reshape(6)[0] = tensor(7L);
        Assert.Equal(9L, x[0, 0].ToInt64());
    }

    [Fact]
    public void Orders_of_dimensions()
    {
        var x = Counting(2, 3);
        Assert.Equal([0L, 3, 1, 4, 2, 5], Of(x.t()));
        Assert.Equal([0L, 3, 1, 4, 2, 5], Of(x.T));
        Assert.False(x.t().is_contiguous());
        Assert.Equal([1L, 3L], x.t().stride());
        Assert.Equal([4L, 2L, 3L], Counting(2, 3, 4).permute(2, 0, 1).shape);
        Assert.Equal([2L, 4L, 3L], Counting(2, 3, 4).mT.shape);
        Assert.Equal([2L, 1, 0, 5, 4, 3], Of(x.flip(1)));
        Assert.Equal([2L, 0, 1, 5, 3, 4], Of(x.roll(1, 1)));
    }

    [Fact]
    public void Dimensions_come_and_go()
    {
        var x = Counting(2, 3);
        Assert.Equal([2L, 1, 3], x.unsqueeze(1).shape);
        Assert.Equal([2L, 3], x.unsqueeze(1).squeeze(1).shape);
        Assert.Equal([6L], x.flatten().shape);
        Assert.Equal([4L, 2, 3], x.expand(4, -1, -1).shape);
        Assert.Equal([0L, 1, 2, 0, 1, 2], Of(x[0].repeat(2)));
        Assert.Equal([0L, 0, 1, 1, 2, 2], Of(x[0].repeat_interleave(2)));
        Assert.Equal([2L, 3], x.clone().unsqueeze_(0).squeeze_().shape);
    }

    [Fact]
    public void Parts()
    {
        var x = Counting(3, 4);
        Assert.Equal([5L, 6, 9, 10], Of(x.narrow(0, 1, 2).narrow(1, 1, 2)));
        Assert.Equal([1L, 5, 9], Of(x.select(1, 1)));
        Assert.Equal([0L, 2, 4, 6, 8, 10], Of(x.slice(1, 0, 4, 2)));
        Assert.Equal([0L, 1, 2, 1, 2, 3], Of(x[0].unfold(0, 3, 1)));
        Assert.Equal([0L, 5, 10], Of(x.diagonal()));
        Assert.Equal([0L, 0, 0, 0, 4, 5, 0, 0, 8, 9, 10, 0], Of(x.tril() * (x > 0)));
    }

    [Fact]
    public void Joining_and_cutting()
    {
        var x = Counting(5);
        Assert.Equal([2L, 2, 1], x.split(2).Select(part => part.numel()));
        Assert.Equal([2L, 3], x.split([2L, 3L]).Select(part => part.numel()));
        Assert.Equal([2L, 2, 1], x.chunk(3).Select(part => part.numel()));
        Assert.Equal([0L, 1, 2, 3, 4], x.unbind().Select(one => one.ToInt64()));
        Assert.True(cat(x.split(2)).Equals(x));
        Assert.True(cat(new List<Tensor> { x[..2], x[2..] }).Equals(x));
        Assert.Equal([0L, 0, 1, 1, 2, 2, 3, 3, 4, 4], Of(stack([x, x], 1)));
    }

    [Fact]
    public void Indexers()
    {
        var x = Counting(3, 4);
        Assert.Equal([4L, 5, 6, 7], Of(x[1]));
        Assert.Equal(6L, x[1, 2].ToInt64());
        Assert.Equal([8L, 9, 10, 11], Of(x[^1]));
        Assert.Equal([5L, 6, 9, 10], Of(x[1.., 1..^1]));
        Assert.Equal([2L, 6, 10], Of(x[TensorIndex.Colon, 2]));
        Assert.Equal([3L, 7, 11], Of(x[TensorIndex.Ellipsis, -1]));
        Assert.Equal([3L, 1, 4], x[TensorIndex.Colon, TensorIndex.None].shape);
        Assert.Equal([0L, 2], Of(x[0, TensorIndex.Slice(step: 2)]));
        Assert.Equal([8L, 9, 10, 11, 0, 1, 2, 3], Of(x[tensor([2L, 0L])]));
        Assert.Equal([9L, 2], Of(x[tensor([2L, 0L]), tensor([1L, 2L])]));
        Assert.Equal([10L, 11], Of(x[x > 9]));
        x[0] = zeros([4], int64);
        x[TensorIndex.Colon, 3] = tensor(-1L);
        Assert.Equal([0L, 0, 0, -1, 4, 5, 6, -1, 8, 9, 10, -1], Of(x));
    }

    [Fact]
    public void Reading_and_writing_at_named_places()
    {
        var x = zeros(2, 3);
        var places = tensor([2L, 0L], [2, 1]);
        Assert.Equal([0f, 0, 5, 6, 0, 0], TensorData.ToArray(x.scatter(1, places, tensor([5f, 6f], [2, 1]))));
        x.scatter_add_(1, tensor([1L, 1L], [1, 2]), ones(1, 2));
        Assert.Equal([0f, 2, 0, 0, 0, 0], TensorData.ToArray(x));
        x.index_add_(1, tensor([0L, 0L]), ones(2, 2), 3);
        Assert.Equal([6f, 2, 0, 6, 0, 0], TensorData.ToArray(x));
        x.index_copy_(0, tensor([1L]), ones(1, 3));
        x.index_fill_(1, tensor([2L]), 9);
        Assert.Equal([6f, 2, 9, 1, 1, 9], TensorData.ToArray(x));
        Assert.Equal([9f, 6], TensorData.ToArray(x.index_select(1, tensor([2L, 0L]))[0]));
        Assert.Equal([9f, 1], TensorData.ToArray(x.gather(1, places)));
        Assert.Equal([6f, 9, 9], TensorData.ToArray(x.masked_select(x > 2)));
        x.index_put_(tensor([1f, 1f]), [tensor([0L, 0L]), tensor([0L, 0L])], accumulate: true);
        Assert.Equal(8f, x[0, 0].ToSingle());
    }
}
