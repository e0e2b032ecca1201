using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Batches;
using SaeDashboard.Labelling.Models;

namespace SaeDashboard.Labelling.Tests.Models;

/// <summary>Excerpts of tones, made at once. The first sample of each is its feature's number.</summary>
internal sealed class Sounds(int firing = 10, int contrast = 5) : IExcerptSource, IDetectionSource
{
    private const int Rate = 4000;

    private int loaded;

    /// <summary>Requests that were made.</summary>
    public int Loaded => loaded;

    public static LabelRequest Of(int feature, int firing = 10, int contrast = 5) => new(
        feature, [.. Enumerable.Range(0, firing).Select(i => Excerpt(feature, i))], [.. Enumerable.Range(0, contrast).Select(i => Excerpt(feature, 100 + i))]);

    public Task<LabelRequest?> LoadAsync(int feature, CancellationToken cancellation)
    {
        Interlocked.Increment(ref loaded);
        if (feature == 666) throw new UserException("The codes of clip 3 are damaged.");
        return Task.FromResult(feature == 777 ? null : Of(feature, firing, contrast));
    }

    /// <summary>Ten of each kind, one after the other; feature 666 has none, feature 777 four in which it fires.</summary>
    public IReadOnlyList<DetectionKind> DetectionKinds(int feature) => feature == 666 ? [] : [.. Enum.GetValues<DetectionKind>().SelectMany(kind => Enumerable.Repeat(kind, feature == 777 && kind == DetectionKind.Positive ? 4 : 10))];

    public Task<IReadOnlyList<DetectionExcerpt>> LoadDetectionAsync(int feature, CancellationToken cancellation)
    {
        Interlocked.Increment(ref loaded);
        return Task.FromResult<IReadOnlyList<DetectionExcerpt>>([.. DetectionKinds(feature).Select((kind, at) => new DetectionExcerpt(new DetectionClip(kind, at, 1, 1), Excerpt(feature, 200 + at)))]);
    }

    /// <summary>What tells the excerpt of a clip from others: its fourth sample.</summary>
    public static short Tone(int clip) => ToneOf(Excerpt(0, clip).Wav);

    /// <summary>The same of an excerpt that was sent.</summary>
    public static short ToneOf(byte[] wav) => System.Buffers.Binary.BinaryPrimitives.ReadInt16LittleEndian(wav.AsSpan(44 + 2 * 3));

    private static LabelExcerpt Excerpt(int feature, int clip)
    {
        var samples = new float[Rate / 10];
        for (var i = 0; i < samples.Length; i++) samples[i] = 0.3f * MathF.Sin(2 * MathF.PI * (200 + clip) * i / Rate);
        samples[0] = feature / 32768f;
        return new LabelExcerpt(clip, 0, 0.1, WavFile.ToBytes(new Waveform([samples], Rate), WavEncoding.Pcm16));
    }
}

/// <summary>What tests ask a provider's server with.</summary>
internal static class TestOptions
{
    public const string Key = "sk-test-0123456789abcdef-SECRET";

    public static ApiKey ApiKey { get; } = ApiKey.Require("TEST_KEY", name => name == "TEST_KEY" ? Key : null, "/nowhere");

    public static LabellerOptions For(ModelProtocol protocol, Uri address) => new()
    {
        Protocol = protocol, Endpoint = new Uri(address, protocol == ModelProtocol.OpenAi ? "v1" : "v1beta"), Model = protocol == ModelProtocol.OpenAi ? "gpt-audio" : "gemini-2.5-flash",
        // Long enough for a busy machine: an answer that came too late would be paid twice.
        KeyVariable = "TEST_KEY", FirstDelay = TimeSpan.FromMilliseconds(20), MaxDelay = TimeSpan.FromMilliseconds(200), Timeout = TimeSpan.FromSeconds(4),
        Prices = new TokenPrices(1m, 10m, 4m), DailyCap = 5,
    };
}
