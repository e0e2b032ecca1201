using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>A take as the worker would write it, a piece at a time.</summary>
internal sealed class TakeOnDisk : IDisposable
{
    public const int Rate = 16_000;
    private readonly FileLock held;
    private readonly Dictionary<string, FileStream> wavs = [];
    private readonly long length;
    private readonly string? sae;
    private readonly bool preview;

    public TakeOnDisk(string takes, long length, string? sae = null, bool preview = false)
    {
        this.preview = preview;
        this.length = length;
        this.sae = sae;
        Id = Ids.New("take");
        Folder = new TakeFolder(Path.Combine(takes, Id));
        Directory.CreateDirectory(Folder.Path);
        held = FileLock.TryAcquire(Folder.LockPath)!;
        Say(TakeState.Running);
    }

    public string Id { get; }

    public TakeFolder Folder { get; }

    public static short Sample(long at) => (short)(at * 31 % 20_011);

    /// <summary>Of take.json, from the next <see cref="Say"/> on.</summary>
    public Func<TakeManifest, TakeManifest> Edit { get; set; } = manifest => manifest;

    /// <summary>Writes take.json.</summary>
    public void Say(TakeState state) => AtomicFile.WriteJson(Folder.ManifestPath, Edit(new TakeManifest
    {
        Id = Id,
        State = state,
        CreatedUtc = DateTimeOffset.UtcNow,
        SampleRate = Rate,
        FrameRate = 50,
        Samples = length,
        Settings = new TakeSettings { ModelPath = "/models/demo", SaePath = sae, Seed = 1, Frames = (int)(length * 50 / Rate), Prompt = "a prompt", Preview = preview },
    }));

    /// <summary>Makes samples up to here; the header comes with the first.</summary>
    public void Grow(string arm, long to)
    {
        if (!wavs.TryGetValue(arm, out var wav))
        {
            wav = wavs[arm] = new FileStream(Folder.WavPath(arm), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
            wav.Write(Header(length));
        }
        var from = (wav.Length - GrowingWav.HeaderBytes) / 2;
        wav.Write(MemoryMarshal.AsBytes(Enumerable.Range(0, (int)(to - from)).Select(i => Sample(from + i)).ToArray().AsSpan()));
        wav.Flush();
    }

    /// <summary>The end: a stopped take's header says what is there.</summary>
    public void End(TakeState state)
    {
        foreach (var wav in wavs.Values)
        {
            var samples = (wav.Length - GrowingWav.HeaderBytes) / 2;
            wav.Position = 0;
            wav.Write(Header(samples));
            wav.Flush();
        }
        Say(state);
        held.Dispose();
    }

    public void Dispose()
    {
        foreach (var wav in wavs.Values) wav.Dispose();
        held.Dispose();
    }

    private static byte[] Header(long samples)
    {
        var bytes = new byte[44];
        "RIFF"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)(36 + 2 * samples));
        "WAVEfmt "u8.CopyTo(bytes.AsSpan(8));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), 16);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(22), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), Rate);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(28), 2 * Rate);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(32), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(34), 16);
        "data"u8.CopyTo(bytes.AsSpan(36));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(40), (uint)(2 * samples));
        return bytes;
    }
}
