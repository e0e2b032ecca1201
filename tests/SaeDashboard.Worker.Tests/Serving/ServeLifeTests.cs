using System.Diagnostics;
using System.Net.Http.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>The resident worker's life: what it says of itself, its socket, and how it ends.</summary>
public sealed class ServeLifeTests
{
    [Fact]
    public async Task It_says_what_it_is_keeps_others_out_and_ends_in_good_order()
    {
        using var serve = new ServeProcessFixture();
        var health = (await serve.Client.GetFromJsonAsync<ServeHealth>("v1/health", JsonDefaults.Lines, ServeProcessFixture.Limit))!;
        Assert.Equal((serve.Process.Id, serve.Folder, 0), (health.ProcessId, health.DataRoot, health.Queue));
        Assert.Equal(BuildId.Of(Path.GetDirectoryName(WorkerProcess.Program)!), health.Build);
        Assert.Equal((WorkerProcess.DemoModel, 16000, 50.0, 4), (health.Model!.Path, health.Model.SampleRate, health.Model.FrameRate, health.Model.Codebooks));
        var sae = Assert.Single(health.Saes);
        Assert.Equal((WorkerProcess.DemoSae, 4, 2048), (sae.Path, sae.Layer, sae.Latents));
        if (OperatingSystem.IsLinux()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(serve.Socket));

        await What_fires_is_what_the_index_says(serve);

        var second = WorkerProcess.Run(serve.Folder, "serve", "--data", serve.Folder, "--listen", "unix:" + serve.Socket);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("already", second.Error, StringComparison.Ordinal);

        var (takeId, response) = await serve.Start(ServeProcessFixture.Settings(3000));
        using (response)
        {
            await foreach (var happened in ServeProcessFixture.Events(response))
            {
                // SIGTERM in the middle of a take.
                if (happened is { Type: GenerationEventType.Columns, Samples: > 0 } && !serve.Process.HasExited) Process.Start("kill", ["-TERM", $"{serve.Process.Id}"])!.WaitForExit();
            }
        }
        Assert.True(serve.Process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, serve.Process.ExitCode);
        Assert.False(File.Exists(serve.Socket));
        var take = serve.Take(takeId).ReadManifest();
        Assert.Equal(TakeState.Cancelled, take.State);
        Assert.Contains("stopped", take.Error, StringComparison.Ordinal);
        Assert.Equal(take.Samples, WavFile.Read(serve.Take(takeId).WavPath(TakeArms.Steered)).SampleCount);
    }

    [Fact]
    public void A_take_whose_worker_was_killed_is_interrupted()
    {
        using var folder = new TemporaryFolder();
        var take = new TakeFolder(folder["take-20261123-101502-x7k2"]);
        AtomicFile.WriteJson(take.ManifestPath, new TakeManifest { Id = take.Id, Settings = ServeProcessFixture.Settings(10), State = TakeState.Running, CreatedUtc = DateTimeOffset.UtcNow });
        using (FileLock.TryAcquire(take.LockPath)) Assert.Equal(TakeState.Running, take.ReadManifest().State);
        Assert.Equal(TakeState.Interrupted, take.ReadManifest().State);
        Assert.Equal(take.Id, Assert.Single(TakeFolder.List(folder.Path)).Id);
    }

    /// <summary>A top clip of the index, heard again: the same feature, value and column.</summary>
    private static async Task What_fires_is_what_the_index_says(ServeProcessFixture serve)
    {
        using var index = FeatureIndex.Open(Path.Combine(WorkerProcess.DemoSae, "index"));
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        const int feature = 526;
        var top = index.TopClips(feature)[0];
        var codes = dataset.Codes(dataset.Clips[top.Row]);
        using var answer = await serve.Post("v1/features", new FeaturesRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, codes.Codebooks, codes.ToBase64(), 5, [feature]));
        Assert.True(answer.IsSuccessStatusCode, await ServeProcessFixture.Problem(answer));
        var fires = Assert.Single((await answer.Content.ReadFromJsonAsync<FiringFeature[]>(JsonDefaults.Lines, ServeProcessFixture.Limit))!);
        Assert.Equal(top.Column, fires.Column);
        Assert.InRange(fires.Maximum, 0.999 * top.Value, 1.001 * top.Value);
        Assert.Equal((byte)255, fires.Strip[fires.Column - 1]);
        Assert.Equal((fires.Column - 1) / 50.0, fires.Seconds);
    }
}
