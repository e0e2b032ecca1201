using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>
/// Square matrix products, 2·n³ operations each, with one thread and with all: a ratio near the number of threads says that
/// they really share the work.
/// </summary>
internal sealed class MatrixProducts : IBenchmark
{
    private const int Size = 2048;

    public string Name => "matrix-products";

    public IEnumerable<Figure> Run()
    {
        var threads = TorchRuntime.Threads;
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            var one = Rate(type, 1);
            yield return new($"{type} {Size}³, 1 thread", one, "GFLOP/s");
            if (threads < 2) continue;
            var two = Rate(type, 2);
            yield return new($"{type} {Size}³, 2 threads", two, "GFLOP/s");
            yield return new($"{type} {Size}³, 2 threads over 1", two / one, "×");
        }
        TorchRuntime.Initialize(threads);
    }

    private static double Rate(ScalarType type, int threads)
    {
        TorchRuntime.Initialize(threads);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (left, right) = (randn(Size, Size).to(type), randn(Size, Size).to(type));
        return 2.0 * Size * Size * Size / Clock.Median(() => left.mm(right).Dispose()) / 1e9;
    }
}
