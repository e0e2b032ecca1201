using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class ErrorTests : TensorTest
{
    public static TheoryData<string, Action> Mistakes => new()
    {
        { "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", () => ones(2, 3).matmul(ones(4, 5)) },
        { "The size of tensor a (3) must match the size of tensor b (5)", () => _ = ones(2, 3) + ones(4, 5) },
        { "index 5 out of range for tensor of size [2]", () => _ = ones(2)[5] },
        { "shape '[4]' is invalid for input of size 6", () => ones(6).view(4) },
        { "Dimension out of range", () => ones(2).sum(3) },
        { "element 0 of tensors does not require grad", () => ones(2).sum().backward() },
        { "a leaf Variable that requires grad", () => ones(2, requires_grad: true).add_(1) },
        // "expected scalar type Float but found Double", in later versions "… must have the same dtype".
        { "type", () => ones(2, 2).mm(ones(2, 2).to(ScalarType.Float64)) },
    };

    [Theory]
    [Trait("throws", "libtorch")]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void Libtorchs_errors_come_with_its_message(string message, Action mistake)
    {
        var error = Assert.Throws<ExternalException>(mistake);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("throws", "libtorch")]
    public void After_an_error_the_next_call_works()
    {
        for (var i = 0; i < 100; i++) Assert.Throws<ExternalException>(() => ones(2, 3).mm(ones(2, 3)));
        Assert.Equal(2f, (ones(1) + 1).ToSingle());
    }

    [Fact]
    public void A_disposed_tensor_cannot_be_used()
    {
        var gone = ones(2);
        gone.Dispose();
        gone.Dispose();
        Assert.True(gone.IsInvalid);
#if !TORCHSHARP_PACKAGE
        // TorchSharp throws the base class, InvalidOperationException.
        Assert.Throws<ObjectDisposedException>(() => gone.add(1));
        Assert.Throws<ObjectDisposedException>(() => ones(2).add(gone));
        Assert.Throws<ObjectDisposedException>(() => gone.shape);
        Assert.Throws<ObjectDisposedException>(() => cat([ones(2), gone]));
        Assert.Throws<ObjectDisposedException>(() => gone.Handle);
#endif
        Assert.ThrowsAny<InvalidOperationException>(() => gone.mul(ones(2)));
    }

    [Fact]
    public void Elements_are_read_by_their_own_type_only()
    {
        Assert.Throws<ArgumentException>(() => ones(2).data<int>());
        Assert.Throws<ArgumentException>(() => ones(2).data<double>());
        Assert.Throws<ArgumentException>(() => ones(1).item<double>());
        Assert.Throws<ArgumentException>(() => ones(2).item<float>());
    }

    [Fact]
    public void Unknown_devices_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => new Device("toaster"));
        Assert.Equal(1, new Device("cuda:1").index);
        Assert.Equal("cpu", CPU.ToString());
    }
}
