#if !TORCHSHARP_PACKAGE
using TorchSharp;

namespace SaeDashboard.Torch.Tests.Surface;

/// <summary>
/// Every public member of the own binding is one of TorchSharp 0.107's, to the parameter's name and default: what compiles
/// against the binding compiles against the package.
/// </summary>
public class SurfaceTests
{
    // The first list names all but the extension classes and the types that other members only mention; the second holds those.
    private static readonly HashSet<string> Known =
    [
        .. File.ReadLines(Golden.Path("torchsharp-0.107-api.txt")),
        .. File.ReadLines(Golden.Path("torchsharp-0.107-mentioned.txt")),
        // There it is a module; here it only holds the enumeration, for modules are not bound.
        "Modules.GELU :: class",
    ];

    [Fact]
    public void Every_public_member_is_in_TorchSharp()
    {
        var own = typeof(torch).Assembly.GetExportedTypes().SelectMany(SurfaceText.Lines).ToList();
        Assert.True(own.Count > 800, $"only {own.Count} members were found");
        var strangers = own.Where(line => !Known.Contains(line)).ToList();
        Assert.True(strangers.Count == 0, $"{strangers.Count} members are not TorchSharp's:\n" + string.Join("\n", strangers));
    }

    [Fact]
    public void The_text_of_a_member_is_the_lists()
    {
        var lines = SurfaceText.Lines(typeof(torch.Tensor)).ToHashSet();
        Assert.Contains("torch.Tensor :: torch.Tensor sum(long dim, bool keepdim = false, torch.ScalarType? type = null)", lines);
        Assert.Contains("torch.Tensor :: (torch.Tensor, torch.Tensor) topk(int k, int dim = -1, bool largest = true, bool sorted = true)",
            lines);
        Assert.Contains("torch.Tensor :: property torch.Tensor TensorItems[params torch.TensorIndex[] indices] {get;set;}", lines);
    }

    [Fact]
    public void Elements_of_enumerations_have_TorchSharps_values()
    {
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15], Enum.GetValues<torch.ScalarType>().Select(v => (int)v).Order());
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14], Enum.GetValues<DeviceType>().Select(v => (int)v).Order());
        Assert.Equal([0, 1, 2, 3, 4], Enum.GetValues<PaddingModes>().Select(v => (int)v).Order());
        Assert.Equal([0, 1, 2], Enum.GetValues<torch.nn.Reduction>().Select(v => (int)v).Order());
    }
}
#endif
