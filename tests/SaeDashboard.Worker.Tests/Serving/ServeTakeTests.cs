using System.Net;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>Takes, made by the resident worker over its socket.</summary>
public sealed class ServeTakeTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    private const int Steered = 526;

    [Fact]
    public async Task Strength_zero_runs_the_hook_and_gives_the_same_samples()
    {
        var take = await serve.Make(ServeProcessFixture.Settings(40, new TakeSteer(Steered, 0, "add", 0)));
        Assert.Equal(TakeState.Done, take.State);
        // 40 frames and 3 columns of delay, two guidance halves.
        Assert.Equal(2 * 43, take.HookCalls);
        var folder = serve.Take(take.Id);
        Assert.Equal(File.ReadAllBytes(folder.WavPath(TakeArms.Baseline)), File.ReadAllBytes(folder.WavPath(TakeArms.Steered)));
        Assert.True(folder.ReadCodes(TakeArms.Baseline)!.ContentEquals(folder.ReadCodes(TakeArms.Steered)!));
        Assert.Equal((64, 64, 64, "layers.4.resid_post"), (take.ModelHash!.Length, take.CodecHash!.Length, take.SaeHash!.Length, take.Hook));
    }

    [Fact]
    public async Task A_turned_feature_changes_the_steered_arm_and_the_sound_is_that_of_the_codes()
    {
        var take = await serve.Make(ServeProcessFixture.Settings(40, new TakeSteer(Steered, 3, "add", 0)));
        var folder = serve.Take(take.Id);
        Assert.False(folder.ReadCodes(TakeArms.Baseline)!.ContentEquals(folder.ReadCodes(TakeArms.Steered)!));
        foreach (var arm in take.Settings.Arms)
        {
            var whole = Path.Combine(serve.Folder, $"{take.Id}.{arm}.wav");
            WorkerProcess.Json(serve.Folder, "decode", "--model", WorkerProcess.DemoModel, "--codes", folder.CodesPath(arm), "--out", whole);
            var (made, decoded) = (WavFile.Read(folder.WavPath(arm)).Channels[0], WavFile.Read(whole).Channels[0]);
            Assert.Equal(40 * 320, made.Length);
            // In pieces or whole: rounding may move a 16-bit sample by one step.
            Assert.All(made.Zip(decoded), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1.01f / 32768));

            var codes = folder.ReadCodes(arm)!;
            using var answer = await serve.Post("v1/decode", new DecodeRequest(WorkerProcess.DemoModel, codes.Codebooks, codes.ToBase64()));
            Assert.Equal("audio/wav", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal(File.ReadAllBytes(whole), await answer.Content.ReadAsByteArrayAsync(ServeProcessFixture.Limit));
        }
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_take_longer_than_the_model_s_window_continues_in_a_second_one()
    {
        // The longest window holds 512 frames; where another follows it holds 480, and the next begins at 288 with what it ended with.
        var take = await serve.Make(ServeProcessFixture.Settings(530) with { Arms = [TakeArms.Baseline], Guidance = 1 });
        Assert.Equal((TakeState.Done, 530 * 320L, 480, 288), (take.State, take.Samples, take.Window, take.Stride));
        var folder = serve.Take(take.Id);
        var codes = folder.ReadCodes(TakeArms.Baseline)!;
        Assert.Equal(530, codes.Frames);
        var whole = Path.Combine(serve.Folder, "long.wav");
        WorkerProcess.Json(serve.Folder, "decode", "--model", WorkerProcess.DemoModel, "--codes", folder.CodesPath(TakeArms.Baseline), "--out", whole);
        var (made, decoded) = (WavFile.Read(folder.WavPath(TakeArms.Baseline)).Channels[0], WavFile.Read(whole).Channels[0]);
        Assert.Equal(decoded.Length, made.Length);
        Assert.All(made.Zip(decoded), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1.01f / 32768));
    }

    /// <summary>What a preset keeps is what is made: the likeliest codes, the stride, the number in the batch.</summary>
    [Fact]
    public async Task A_take_has_the_codes_that_generate_makes_with_the_same_settings()
    {
        string[] asked = ["generate", "--model", WorkerProcess.DemoModel, "--guidance", "1", "--seed", "5", "--out", "x.wav", "--codes", "x.json"];
        var settings = ServeProcessFixture.Settings(100) with { Arms = [TakeArms.Baseline], Guidance = 1, Seed = 5, Prompt = null };
        // A stride only matters past the window, which holds 512 frames here.
        foreach (var (arguments, take) in new[]
        {
            (new[] { "--seconds", "2", "--greedy" }, settings with { Greedy = true }),
            (["--seconds", "10.6", "--stride", "9.5"], settings with { Frames = 530, Window = 480, Stride = 475 }),
            (["--seconds", "2"], settings),
            (["--seconds", "2", "--piece", "2"], settings with { Piece = 2 }),
        })
        {
            WorkerProcess.Json(serve.Folder, [.. asked, .. arguments]);
            var made = await serve.Make(take);
            Assert.True(serve.Take(made.Id).ReadCodes(TakeArms.Baseline)!.ContentEquals(Core.Data.CodeGrid.ReadJson(Path.Combine(serve.Folder, "x.json"))), string.Join(' ', arguments));
        }
    }

    [Fact]
    public async Task Sound_can_be_read_while_columns_are_made()
    {
        var (takeId, response) = await serve.Start(ServeProcessFixture.Settings(100));
        var chunks = new List<(int Done, long Samples)>();
        var total = 0;
        using (response)
        {
            await foreach (var happened in ServeProcessFixture.Events(response))
            {
                if (happened is not { Type: GenerationEventType.Columns, Samples: > 0 and { } samples } || (chunks.Count > 0 && chunks[^1].Samples == samples)) continue;
                chunks.Add((happened.Done!.Value, samples));
                total = happened.Total!.Value;
                foreach (var arm in (string[])[TakeArms.Baseline, TakeArms.Steered])
                {
                    using var wave = serve.Take(takeId).OpenArm(arm)!;
                    Assert.Equal((16000, 32000), (wave.SampleRate, wave.Promised));
                    Assert.True(wave.Available >= samples, $"{wave.Available} of {samples} samples are there.");
                    Assert.Equal((int)samples, wave.Read(0, (int)samples).Length);
                }
            }
        }
        Assert.True(chunks.Count >= 5, $"{chunks.Count} chunks");
        Assert.True(chunks[0].Done < 0.3 * total, $"The first sound came after {chunks[0].Done} of {total} columns.");
        Assert.Equal(32000, chunks[^1].Samples);
        Assert.Equal(TakeState.Done, serve.Take(takeId).ReadManifest().State);
    }

    [Fact]
    public async Task A_cancelled_take_plays_as_far_as_it_came_and_others_are_answered_meanwhile()
    {
        // A minute of music, so that it cannot be done before it is cancelled.
        const int Frames = 3000;
        var (takeId, response) = await serve.Start(ServeProcessFixture.Settings(Frames));
        using (response)
        {
            var (last, asked) = ((GenerationEventType?)null, false);
            await foreach (var happened in ServeProcessFixture.Events(response))
            {
                last = happened.Type;
                // Once: events after the cancellation may be read when it has left the queue.
                if (asked || happened is not { Type: GenerationEventType.Columns, Samples: > 0 }) continue;
                asked = true;
                // While it is made: a decode, the queue, and then the end.
                using (var decoded = await serve.Post("v1/decode", new DecodeRequest(WorkerProcess.DemoModel, 4, new Core.Data.CodeGrid(4, 10).ToBase64()))) Assert.True(decoded.IsSuccessStatusCode);
                var queue = await serve.Client.GetFromJsonAsync<GenerationStatus[]>("v1/generations", JsonDefaults.Lines, ServeProcessFixture.Limit);
                var making = Assert.Single(queue!);
                Assert.Equal((takeId, TakeState.Running, 0), (making.TakeId, making.State, making.Position));
                // Every window of a long take has three columns more than frames, for the delay.
                Assert.InRange(making.Total, Frames + 3, 2 * Frames);
                using var cancelled = await serve.Client.DeleteAsync($"v1/generations/{takeId}", ServeProcessFixture.Limit);
                Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
            }
            Assert.Equal(GenerationEventType.Cancelled, last);
        }
        var take = serve.Take(takeId).ReadManifest();
        Assert.Equal(TakeState.Cancelled, take.State);
        Assert.InRange(take.Samples, 1, (Frames * 320) - 1);
        foreach (var arm in take.Settings.Arms) Assert.Equal(take.Samples, WavFile.Read(serve.Take(takeId).WavPath(arm)).SampleCount);
    }

    [Fact]
    public async Task A_take_continues_without_listeners_and_the_next_knows_its_position()
    {
        // Long enough to be at work until the others stand in line.
        var (first, response) = await serve.Start(ServeProcessFixture.Settings(400));
        var (second, waiting) = await serve.Start(ServeProcessFixture.Settings(4));
        var (third, dropped) = await serve.Start(ServeProcessFixture.Settings(4));
        response.Dispose();
        using (dropped)
        {
            using var cancelled = await serve.Client.DeleteAsync($"v1/generations/{third}", ServeProcessFixture.Limit);
            Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
            var received = await ServeProcessFixture.Events(dropped).ToListAsync(ServeProcessFixture.Limit);
            Assert.Equal((2, GenerationEventType.Cancelled), (received[0].Position!.Value, received[^1].Type));
        }
        using (waiting)
        {
            var received = await ServeProcessFixture.Events(waiting).ToListAsync(ServeProcessFixture.Limit);
            Assert.Equal((GenerationEventType.Queued, 1), (received[0].Type, received[0].Position!.Value));
            Assert.Equal((GenerationEventType.Queued, 0), (received[1].Type, received[1].Position!.Value));
            Assert.Equal(GenerationEventType.Done, received[^1].Type);
        }
        Assert.Equal(
            [TakeState.Done, TakeState.Done, TakeState.Cancelled],
            new[] { first, second, third }.Select(id => serve.Take(id).ReadManifest().State));
        Assert.Equal([third, second, first], TakeFolder.List(Path.Combine(serve.Folder, "takes")).Select(take => take.Id).Where(id => id == first || id == second || id == third).OrderBy(id => id == third ? 0 : id == second ? 1 : 2));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_with_a_reason()
    {
        var settings = ServeProcessFixture.Settings(10);
        await Refused(settings with { Arms = ["B"] }, "arms");
        await Refused(settings with { Frames = 0 }, "at least one");
        await Refused(settings with { Steers = [new TakeSteer(1, 1e9, "add", 0)] }, "strength");
        await Refused(settings with { Steers = [new TakeSteer(1, 1, "push", 0)] }, "push");
        await Refused(settings with { Temperature = 0 }, "temperature");
        await Refused(settings with { SaePath = null, Steers = [new TakeSteer(1, 1, "add", 0)] }, "no SAE");

        // What needs the model to be known is reported by the take.
        await Fails(settings with { Frames = 6001 }, "120.00 s");
        await Fails(settings with { Steers = [new TakeSteer(99_999, 1, "add", 1)] }, "99999");
        await Fails(settings with { ModelPath = "/etc" }, "outside the folders");

        using var stray = await serve.Post("v1/decode", new DecodeRequest("/tmp", 4, ""));
        Assert.Contains("outside", await ServeProcessFixture.Problem(stray), StringComparison.Ordinal);
        using var broken = await serve.Post("v1/decode", new DecodeRequest(WorkerProcess.DemoModel, 4, "%%"));
        Assert.Contains("base64", await ServeProcessFixture.Problem(broken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shapes_that_do_not_fit_are_refused_and_the_worker_continues()
    {
        static string Codes(int codebooks, int code)
        {
            var values = new short[codebooks * 8];
            values[^1] = (short)code;
            return Convert.ToBase64String(MemoryMarshal.AsBytes<short>(values));
        }
        foreach (var (codebooks, code, because) in new[] { (12, 0, "12 codebooks"), (4, 1024, "1024"), (4, -1, "-1"), (3, 0, "3 codebooks") })
        {
            using var decoded = await serve.Post("v1/decode", new DecodeRequest(WorkerProcess.DemoModel, codebooks, Codes(codebooks, code)));
            Assert.Contains(because, await ServeProcessFixture.Problem(decoded), StringComparison.Ordinal);
            using var heard = await serve.Post("v1/features", new FeaturesRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, codebooks, Codes(codebooks, code)));
            Assert.Contains(because, await ServeProcessFixture.Problem(heard), StringComparison.Ordinal);
        }
        // A grid of four codebooks whose numbers are not a multiple of four.
        using var ragged = await serve.Post("v1/decode", new DecodeRequest(WorkerProcess.DemoModel, 4, Codes(7, 0)[..20]));
        Assert.False(ragged.IsSuccessStatusCode);

        var model = ShapeFiles.Copy(Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", "mono"), Path.Combine(serve.Folder, "narrow"));
        await Fails(ServeProcessFixture.Settings(10, new TakeSteer(3, 1, "add", 0)) with { ModelPath = model }, "256");
        using var foreign = await serve.Post("v1/features", new FeaturesRequest(model, WorkerProcess.DemoSae, 4, Codes(4, 0)));
        Assert.Contains("256", await ServeProcessFixture.Problem(foreign), StringComparison.Ordinal);

        Assert.False(serve.Process.HasExited);
        Assert.Equal(TakeState.Done, (await serve.Make(ServeProcessFixture.Settings(10))).State);
    }

    [Fact]
    public async Task A_melody_model_makes_takes_of_text_alone()
    {
        var settings = ServeProcessFixture.Settings(20) with { SaePath = null, Arms = [TakeArms.Baseline] };
        var take = await serve.Make(settings with { ModelPath = SmallSae.Model(serve.Folder, "melody") });
        Assert.Equal((TakeState.Done, 4, 20), (take.State, serve.Take(take.Id).ReadCodes(TakeArms.Baseline)!.Codebooks, serve.Take(take.Id).ReadCodes(TakeArms.Baseline)!.Frames));
        Assert.Equal(20 * 640, WavFile.Read(serve.Take(take.Id).WavPath(TakeArms.Baseline)).SampleCount);
    }

    private async Task Refused(TakeSettings settings, string because)
    {
        var (takeId, response) = await serve.Start(settings);
        using (response)
        {
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains(because, await ServeProcessFixture.Problem(response), StringComparison.Ordinal);
        }
        Assert.False(serve.Take(takeId).Exists);
    }

    private async Task Fails(TakeSettings settings, string because)
    {
        var take = await serve.Make(settings);
        Assert.Equal(TakeState.Failed, take.State);
        Assert.Contains(because, take.Error, StringComparison.Ordinal);
    }
}
