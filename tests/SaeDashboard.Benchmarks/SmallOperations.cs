using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>What one call into libtorch costs when there is next to nothing to compute: the way there, a tensor made and freed.</summary>
internal sealed class SmallOperations : IBenchmark
{
    private const int Calls = 20_000;

    public string Name => "small-operations";

    public IEnumerable<Figure> Run()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (x, y) = (randn(64, 64), randn(64, 64));
        yield return Of("add 64×64, disposed by hand", () => x.add(y).Dispose());
        yield return Of("add_ 64×64 in place", () => x.add_(y));
        yield return Of("times a number", () => x.mul(1.0).Dispose());
        yield return Of("view", () => x.view(4096).Dispose());
        yield return Of("slice by an indexer", () => x[1..3, ..].Dispose());
        yield return Of("shape", () => _ = x.shape);
        yield return Of("item", () => _ = x.ReadCpuSingle(7));
        yield return new("add 64×64, disposed by a scope", Clock.Median(() =>
        {
            for (var i = 0; i < Calls / 100; i++)
            {
                using var inner = NewDisposeScope();
                for (var k = 0; k < 100; k++) _ = x.add(y);
            }
        }) / Calls * 1e6, "µs");
    }

    private static Figure Of(string name, Action call) => new(name, Clock.Median(() =>
    {
        for (var i = 0; i < Calls; i++) call();
    }) / Calls * 1e6, "µs");
}
