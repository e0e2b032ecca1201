using System.Diagnostics;
using SaeDashboard.Sae.Training;
using static TorchSharp.torch;
namespace SaeDashboard.Sae.Tests.Training;
public class ThroughputProbe
{
    [Fact(Explicit = true)]
    public void Probe()
    {
        var o = TestContext.Current.TestOutputHelper!;
        using var t = TestFolders.Temporary();
        const int W = 256;
        var random = new Random(1);
        foreach (var threads in new[] { 1, 2 })
        {
            using var a = randn(1024, W); using var b = randn(2048, W);
            set_num_threads(threads);
            for (var i = 0; i < 10; i++) { using var c = a.matmul(b.t()); }
            var sw = Stopwatch.StartNew();
            for (var i = 0; i < 50; i++) { using var c = a.matmul(b.t()); }
            o.WriteLine($"gemm {threads} threads: {50 * 2.0 * 1024 * 2048 * W / sw.Elapsed.TotalSeconds / 1e9:F0} GFLOP/s {sw.Elapsed.TotalMilliseconds / 50:F2} ms");
        }
        foreach (var threads in new[] { 1, 2 })
        {
            using var team = new WorkerTeam(threads);
            using var state = new TrainingState(W, 2048);
            state.Initialize(new float[W], 1);
            var config = new TrainConfig();
            using var buffers = new StepBuffers(1024, W, 2048, 32, team.Size);
            var f = new TopKForward(buffers, team); var g = new TopKGradients(buffers, team); var adam = new AdamOptimizer(config, team);
            using var x = randn(1024, W).mul(1.0 / 16);
            double tf = 0, tg = 0, ta = 0, td = 0;
            for (var i = 0; i < 60; i++)
            {
                using var batch = x.clone();
                var s0 = Stopwatch.GetTimestamp();
                using var dead = DeadLatents.Find(state, long.MaxValue, buffers, team);
                var s05 = Stopwatch.GetTimestamp();
                f.Run(state, batch, null);
                var s1 = Stopwatch.GetTimestamp();
                g.Run(state, null);
                var s2 = Stopwatch.GetTimestamp();
                adam.Step(state, i + 1, 1e-5, 1);
                var s3 = Stopwatch.GetTimestamp();
                if (i < 10) continue;
                td += (s05 - s0) / 1e6 / 50; tf += (s1 - s05) / 1e6 / 50; tg += (s2 - s1) / 1e6 / 50; ta += (s3 - s2) / 1e6 / 50;
            }
            o.WriteLine($"{threads} threads: find dead {td:F2} forward {tf:F2} gradients {tg:F2} adam {ta:F2} ms -> {1024 / (tf + tg + ta) * 1000:F0} columns/s; V512 {System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated}");
        }
    }
}
