using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class MemoryShortageTests
{
    /// <summary>More bytes than an address space has: libtorch's own words for it.</summary>
    [Fact]
    public void Libtorch_s_shortage_of_memory_is_distinguished_from_its_other_errors()
    {
        var error = Assert.Throws<ExternalException>(() => zeros(1L << 55, dtype: ScalarType.Float32));
        Assert.True(MemoryShortage.Is(error), error.Message);
        Assert.True(MemoryShortage.Is(new AggregateException(error)));
        Assert.True(MemoryShortage.Is(new InvalidOperationException("A task failed.", error)));
        using var a = zeros(2, 3);
        using var b = zeros(4, 5);
        Assert.False(MemoryShortage.Is(Assert.Throws<ExternalException>(() => a.add(b))));
    }

    [Fact]
    public void So_is_dotnet_s()
    {
        Assert.True(MemoryShortage.Is(new InsufficientMemoryException()));
        Assert.False(MemoryShortage.Is(new InvalidOperationException("memory")));
        Assert.False(MemoryShortage.Is(new IOException("The disk is full.")));
    }
}
