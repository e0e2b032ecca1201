using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>A worker that turns codes into some sound, and makes a take at once with codes of the test's choice.</summary>
internal sealed class FakeWorker(string folder, string takes) : IServeClient
{
    private int decoded;

    public int Decoded => decoded;

    public List<(string Id, TakeSettings Settings)> Asked { get; } = [];

    /// <summary>The codes of arm A and C of the takes that are asked for.</summary>
    public (CodeGrid A, CodeGrid C)? Makes { get; set; }

    public ServeState State => throw new NotSupportedException();

    public event Action? Changed
    {
        add { }
        remove { }
    }

    public async Task<byte[]> DecodeAsync(string modelPath, CodeGrid codes, CancellationToken ct)
    {
        var path = Path.Combine(folder, $"decoded-{Interlocked.Increment(ref decoded)}.wav");
        var samples = new float[3200];
        for (var i = 0; i < samples.Length; i++) samples[i] = codes[0, i * codes.Frames / samples.Length] / 4096f;
        WavFile.Write(path, new Waveform([samples], 16_000), WavEncoding.Pcm16);
        return await File.ReadAllBytesAsync(path, ct);
    }

    public Task<IReadOnlyList<FiringFeature>> FeaturesAsync(string modelPath, string saePath, CodeGrid codes, int top, CancellationToken ct) => throw new NotSupportedException();

    public Task<string> StartTakeAsync(TakeSettings settings, CancellationToken ct)
    {
        var id = Ids.New("take");
        Asked.Add((id, settings));
        if (Makes is { } codes) Write(id, settings, TakeState.Done, codes.A, codes.C);
        return Task.FromResult(id);
    }

    public Task CancelTakeAsync(string takeId, CancellationToken ct) => throw new NotSupportedException();

    public TakeProgress? Ending(string takeId) => null;

    public TakeProgress? LiveProgress(string takeId) => null;

    public TakeProgress? Progress(string takeId)
    {
        var take = new TakeFolder(Path.Combine(takes, takeId));
        return take.Exists ? new TakeProgress(take.ReadManifest().State, null, 0, 0, null) : null;
    }

    /// <summary>Writes a take as the real worker leaves it.</summary>
    public void Write(string id, TakeSettings settings, TakeState state, CodeGrid? a, CodeGrid? c)
    {
        var take = new TakeFolder(Path.Combine(takes, id));
        Directory.CreateDirectory(take.Path);
        a?.WriteJson(take.CodesPath(TakeArms.Baseline));
        c?.WriteJson(take.CodesPath(TakeArms.Steered));
        AtomicFile.WriteJson(take.ManifestPath, new TakeManifest
        {
            Id = id, Settings = settings, State = state, CreatedUtc = DateTimeOffset.UnixEpoch, FrameRate = 50, Window = 480, Stride = 288, SampleRate = 16_000,
            ModelHash = PresetFixture.ModelHash, CodecHash = PresetFixture.CodecHash, SaeHash = settings.SaePath is null ? null : PresetFixture.SaeHash,
            Hook = settings.SaePath is null ? null : "layers.4.resid_post",
        });
    }
}
