using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

/// <summary>Numbers given to torch's operations live as long as the call, however often memory is collected meanwhile.</summary>
public class ScalarLifetimeTests
{
    private const int Rounds = 60_000;

    [Fact]
    public void Operations_with_numbers_are_right_while_memory_is_collected_all_the_time()
    {
        using var ended = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!ended.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var x = ones(4);
            for (var round = 0; round < Rounds; round++)
            {
                using var scope = NewDisposeScope();
                var factor = round % 7 + 0.5;
                var result = x.Add(x).Mul(factor).Add(1).Square().Div(4);
                Assert.Equal(Math.Pow(2 * factor + 1, 2) / 4, result[0].item<float>(), 1e-4);
            }
        }
        finally
        {
            ended.Cancel();
            collector.Join();
        }
    }
}
