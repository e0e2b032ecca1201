using System.Diagnostics;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tests.Files;

public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void One_holder_at_a_time_within_a_process()
    {
        Assert.False(FileLock.IsHeld(folder["lock"]));
        using (FileLock.TryAcquire(folder["lock"]))
        {
            Assert.Null(FileLock.TryAcquire(folder["lock"]));
            Assert.True(FileLock.IsHeld(folder["lock"]));
        }
        Assert.False(FileLock.IsHeld(folder["lock"]));
        using var again = FileLock.TryAcquire(folder["lock"]);
        Assert.NotNull(again);
    }

    [Fact]
    public void Our_lock_keeps_another_process_out()
    {
        using (FileLock.TryAcquire(folder["lock"])) Assert.Equal(1, Flock("--nonblock", folder["lock"], "true"));
        Assert.Equal(0, Flock("--nonblock", folder["lock"], "true"));
    }

    [Fact]
    public void Another_process_keeps_us_out_until_the_kernel_ends_it()
    {
        // With --no-fork the sleeping program itself holds the lock.
        using var holder = Start("--no-fork", folder["lock"], "sleep", "60");
        try
        {
            Assert.True(SpinWait.SpinUntil(() => FileLock.IsHeld(folder["lock"]), TimeSpan.FromSeconds(10)));
            Assert.Null(FileLock.TryAcquire(folder["lock"]));
        }
        finally
        {
            holder.Kill(); // SIGKILL: it can give nothing back by itself.
            holder.WaitForExit();
        }
        Assert.False(FileLock.IsHeld(folder["lock"]));
        using var ours = FileLock.TryAcquire(folder["lock"]);
        Assert.NotNull(ours);
    }

    [Fact]
    public async Task Those_who_only_ask_do_not_keep_a_patient_one_out()
    {
        await File.WriteAllTextAsync(folder["lock"], "", TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) FileLock.IsHeld(folder["lock"]);
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 20; i++)
        {
            using var held = FileLock.TryAcquire(folder["lock"], TimeSpan.FromSeconds(5));
            Assert.NotNull(held);
        }
        await stop.CancelAsync();
        await asking;
    }

    private static int Flock(params string[] arguments)
    {
        using var process = Start(arguments);
        process.WaitForExit();
        return process.ExitCode;
    }

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("flock", arguments))!;
}
