using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>A worker that turns codes into a sound that tells them apart, at once; or that is away.</summary>
internal sealed class FakeDecoder(string folder) : IServeClient
{
    private int decoded;

    public int Decoded => decoded;

    public bool Away { get; set; }

    public ServeState State => throw new NotSupportedException();

    public event Action? Changed
    {
        add { }
        remove { }
    }

    public async Task<byte[]> DecodeAsync(string modelPath, CodeGrid codes, CancellationToken ct)
    {
        if (Away) throw new UserException("The music worker is away.");
        var number = Interlocked.Increment(ref decoded);
        var samples = new float[16_000];
        for (var i = 0; i < samples.Length; i++) samples[i] = codes[0, i * codes.Frames / samples.Length] / 2048f;
        var path = Path.Combine(folder, $"decoded-{number}.wav");
        WavFile.Write(path, new Waveform([samples], 16_000), WavEncoding.Pcm16);
        return await File.ReadAllBytesAsync(path, ct);
    }

    public Task<IReadOnlyList<FiringFeature>> FeaturesAsync(string modelPath, string saePath, CodeGrid codes, int top, CancellationToken ct) => throw new NotSupportedException();

    public Task<string> StartTakeAsync(TakeSettings settings, CancellationToken ct) => throw new NotSupportedException();

    public Task CancelTakeAsync(string takeId, CancellationToken ct) => throw new NotSupportedException();

    public TakeProgress? Ending(string takeId) => null;

    public TakeProgress? LiveProgress(string takeId) => null;

    public TakeProgress? Progress(string takeId) => null;
}
