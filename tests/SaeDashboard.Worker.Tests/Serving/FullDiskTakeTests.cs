using System.Diagnostics;
using System.Net.Http.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Takes;
using SaeDashboard.Tests;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>A disk that fills up while a take is being made, the worker's own log on it. Mounts a disk, which needs root.</summary>
[Trait("Length", "Long")]
public sealed class FullDiskTakeTests : IDisposable
{
    private readonly SmallDisk disk = new(1024);
    private readonly string folder = Directory.CreateTempSubdirectory("sae-full-").FullName;

    public void Dispose()
    {
        disk.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_take_fails_with_the_reason_and_the_next_one_works_when_there_is_room()
    {
        var socket = Path.Combine(folder, "s.sock");
        using var process = Process.Start(new ProcessStartInfo("sh",
            ["-c", "exec \"$0\" \"$@\" >>\"$SAE_SERVE_LOG\" 2>&1", WorkerProcess.Program, "serve", "--data", disk.Path, "--listen", "unix:" + socket, "--root", Path.GetDirectoryName(WorkerProcess.DemoModel)!])
        { Environment = { ["SAE_SERVE_LOG"] = disk["serve.log"] } })!;
        try
        {
            using var client = UnwritableTakeTests.Connect(socket);
            await UnwritableTakeTests.UntilReady(client);
            // Two arms of 200 frames take 256 KB.
            var full = new TakeFolder(Path.Combine(disk["takes"], Ids.New("take")));
            disk.Fill(100);
            var last = await Make(client, full.Id, 200);
            Assert.Equal(GenerationEventType.Error, last.Type);
            Assert.Contains("the disk is full. Make room there and try again", last.Message, StringComparison.Ordinal);
            Assert.Contains(full.Path, last.Message, StringComparison.Ordinal);
            // Not a byte is left, so take.json cannot say it yet.
            Assert.Equal(TakeState.Interrupted, full.ReadManifest().State);
            Assert.False(process.HasExited);

            disk.MakeRoom();
            var next = new TakeFolder(Path.Combine(disk["takes"], Ids.New("take")));
            Assert.Equal(GenerationEventType.Done, (await Make(client, next.Id, 10)).Type);
            Assert.Equal(TakeState.Done, next.ReadManifest().State);
            // It is tried every two seconds.
            var watch = Stopwatch.StartNew();
            while (full.ReadManifest().State != TakeState.Failed && watch.Elapsed < TimeSpan.FromSeconds(30)) await Task.Delay(100, ServeProcessFixture.Limit);
            var manifest = full.ReadManifest();
            Assert.Equal((TakeState.Failed, last.Message), (manifest.State, manifest.Error));
            Assert.InRange(manifest.Samples, 1, 199 * 320);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
        }
    }

    private static async Task<GenerationEvent> Make(HttpClient client, string takeId, int frames)
    {
        var settings = ServeProcessFixture.Settings(frames, new TakeSteer(526, 1, "add", 1));
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/generations") { Content = JsonContent.Create(new GenerationRequest(takeId, settings), options: JsonDefaults.Lines) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ServeProcessFixture.Limit);
        response.EnsureSuccessStatusCode();
        return await ServeProcessFixture.Events(response).LastAsync(ServeProcessFixture.Limit);
    }
}
