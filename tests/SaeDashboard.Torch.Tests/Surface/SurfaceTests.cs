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
    private static readonly string[] Listed = File.ReadAllLines(Golden.Path("torchsharp-0.107-api.txt"));
    private static readonly string[] Mentioned = File.ReadAllLines(Golden.Path("torchsharp-0.107-mentioned.txt"));

    private static readonly HashSet<string> Known =
    [
        .. Listed,
        .. Mentioned,
        // There it is a module; here it only holds the enumeration, for modules are not bound.
        "Modules.GELU :: class",
    ];

    [Fact]
    public void Every_public_member_is_in_TorchSharp()
    {
        Assert.True(Own.Count > 800, $"only {Own.Count} members were found");
        var strangers = Strangers(Own).ToList();
        Assert.True(strangers.Count == 0, $"{strangers.Count} members are not TorchSharp's:\n" + string.Join("\n", strangers));
    }

    /// <summary>The test above can fail: it finds each way to differ.</summary>
    [Fact]
    public void What_is_not_on_the_list_or_differs_from_it_is_found()
    {
        Assert.Equal(
            [
                "torch.Tensor :: event EventHandler changed",
                "torch.Tensor :: field static int strangeField",
                "torch.Tensor :: int abs(long places)",
                "torch.Tensor :: property int strangeProperty {get;}",
                "torch.Tensor :: static torch.Tensor relu()",
                "torch.Tensor :: torch.Tensor exp(ref int x)",
                "torch.Tensor :: torch.Tensor mul(torch.Tensor other)",
                "torch.Tensor :: torch.Tensor sum(long dim, bool keepdim = true, torch.ScalarType? type = null)",
                "torch.Tensor :: void sqrt()",
                "torch.strange :: class",
                "torch.strange :: new()",
            ],
            Strangers(new[] { typeof(Imitation.torch), typeof(Imitation.torch.Tensor), typeof(Imitation.torch.strange) }.SelectMany(SurfaceText.Lines))
                .Order(StringComparer.Ordinal));
    }

    /// <summary>The second list adds what the first leaves out and nothing else: no line of the first, and no type that the binding lacks.</summary>
    [Fact]
    public void The_second_list_holds_only_what_is_needed()
    {
        Assert.Empty(Mentioned.Intersect(Listed));
        static string Type(string line) => line[..line.IndexOf(" :: ", StringComparison.Ordinal)];
        var own = Own.Select(Type).ToHashSet();
        Assert.Empty(Mentioned.Select(Type).Except(own));
        // A type is on one list, so that neither can excuse what the other forbids.
        Assert.Empty(Mentioned.Select(Type).Intersect(Listed.Select(Type)));
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

    private static List<string> Own => typeof(torch).Assembly.GetExportedTypes().SelectMany(SurfaceText.Lines).ToList();

    private static IEnumerable<string> Strangers(IEnumerable<string> lines) => lines.Where(line => !Known.Contains(line));

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
