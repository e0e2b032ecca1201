using System.Diagnostics;
using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

[Collection("alone")]
public partial class ThreadTests
{
    [Fact]
    public void Each_thread_has_its_scopes_and_its_gradient_mode()
    {
        using var here = NewDisposeScope();
        using var quiet = no_grad();
        using var meet = new Barrier(2);
        var problems = new List<string>();
        var thread = new Thread(() =>
        {
            if (CurrentDisposeScope is not null) problems.Add("the other thread's scope is seen");
            if (!is_grad_enabled()) problems.Add("the other thread's gradient mode is seen");
            using var there = NewDisposeScope();
            var x = ones(2, requires_grad: true);
            meet.SignalAndWait();
            for (var i = 0; i < 200; i++) _ = x * 2;
            meet.SignalAndWait();
            if (there.DisposablesCount != 201) problems.Add($"{there.DisposablesCount} tensors instead of 201");
            if (!(x * 2).requires_grad) problems.Add("nothing was recorded");
        });
        thread.Start();
        var y = ones(2);
        meet.SignalAndWait();
        for (var i = 0; i < 300; i++) _ = y + 1;
        meet.SignalAndWait();
        thread.Join();
        Assert.Empty(problems);
        Assert.Equal(301, here.DisposablesCount);
    }

    [Fact]
    public void Every_thread_computes_with_the_count_that_was_set()
    {
        TorchRuntime.Initialize(2);
        Assert.Equal(2, TorchRuntime.Threads);
        var (seen, tiny) = (0, 1f);
        var thread = new Thread(() =>
        {
            TorchRuntime.EnterThread();
            using var scope = NewDisposeScope();
            randn(256, 256).mm(randn(256, 256));
            seen = get_num_threads();
            // Below float32's normal range: rounded to zero.
            tiny = (tensor([1e-30f]) * 1e-10f).item<float>();
        });
        thread.Start();
        thread.Join();
        Assert.Equal(2, seen);
        Assert.Equal(0f, tiny);
        Assert.Equal(2, get_num_threads());
    }

    [Fact]
    public void OpenMp_was_set_to_wait_briefly_before_it_was_loaded()
    {
        // libgomp reads the C library's environment, which .NET's own copy does not show.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null) Assert.NotNull(Marshal.PtrToStringUTF8(getenv("GOMP_SPINCOUNT")));
        Assert.NotNull(Marshal.PtrToStringUTF8(getenv("TORCH_CPP_LOG_LEVEL")));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);

    [Fact]
    public async Task One_tensor_thread_starts_one_pool()
    {
        TorchRuntime.Initialize(2);
        using var tensors = new TensorThread();
        await tensors.Run(Work);
        var before = Process.GetCurrentProcess().Threads.Count;
        for (var i = 0; i < 50; i++) await tensors.Run(Work);
        // The .NET pool may have started a thread or two of its own meanwhile; fifty pools would be fifty more.
        Assert.InRange(Process.GetCurrentProcess().Threads.Count, 1, before + 10);

        static void Work()
        {
            using var scope = NewDisposeScope();
            randn(300, 300).mm(randn(300, 300)).relu_();
        }
    }

    [Fact]
    public async Task Tensor_thread_runs_in_order_and_hands_errors_on()
    {
        using var thread = new TensorThread();
        var order = new List<int>();
        var tasks = Enumerable.Range(0, 20).Select(i => thread.Run(() =>
        {
            Assert.True(thread.IsCurrent);
            order.Add(i);
            return i * i;
        })).ToArray();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i * i), await Task.WhenAll(tasks));
        Assert.Equal(Enumerable.Range(0, 20), order);
        await Assert.ThrowsAsync<FormatException>(() => thread.Run(() => throw new FormatException("so")));
        Assert.Equal(3f, await thread.Run(() => (ones(1) + 2).ToSingle()));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => thread.Run(() => 1, new CancellationToken(true)));
    }

    [Fact]
    public void A_closed_tensor_thread_takes_no_work()
    {
        var thread = new TensorThread();
        var last = thread.Run(() => 5);
        thread.Dispose();
        Assert.True(last.IsCompletedSuccessfully);
        Assert.IsType<ObjectDisposedException>(Record.Exception(() => { _ = thread.Run(() => 6); }));
    }
}
