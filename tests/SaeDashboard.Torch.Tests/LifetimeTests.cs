using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

/// <summary>Counts are the process': these tests run with no other beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public class Alone;

[Collection("alone")]
public class LifetimeTests
{
    [Fact]
    public void A_thousand_operations_leave_nothing()
    {
        Settle();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 1000; i++)
        {
            using var scope = NewDisposeScope();
            var x = randn(8, 8, requires_grad: true);
            var (values, places) = x.mm(x.t()).topk(2);
            zeros(8, 8).scatter(1, places, values).sum().backward();
            _ = x.grad!.data<float>().ToArray();
        }
        Assert.Equal(before, Tensor.TotalCount);
        Assert.True(Tensor.PeakCount >= before + 5);
    }

    [Fact]
    public void Errors_leave_nothing()
    {
        Settle();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 100; i++)
        {
            using var scope = NewDisposeScope();
            var gone = ones(1);
            gone.Dispose();
            Assert.ThrowsAny<InvalidOperationException>(() => cat([ones(2), gone]));
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_forgotten_tensor_is_collected()
    {
        Settle();
        var before = Tensor.TotalCount;
        Forget();
        Assert.True(Tensor.TotalCount > before);
        Settle();
        Assert.True(Tensor.TotalCount <= before, $"{Tensor.TotalCount} tensors, {before} before");

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (var i = 0; i < 10; i++) ones(4);
        }
    }

    private static void Settle()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
