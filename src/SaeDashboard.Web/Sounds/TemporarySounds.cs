using System.Globalization;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Sounds;

/// <summary>
/// Sounds that people bring to be read or continued: one channel at the model's rate (two, where the sound and the model have two), float32, in a
/// folder of bounded size. A sound's id is made of its content, so the same file has the same address; after a sound has gone, its address says so.
/// </summary>
public sealed class TemporarySounds(DataRoot root, IOptions<ListeningOptions> options) : IDisposable
{
    private const int IdLength = 24;

    private const string Brought = ".brought-";

    // 16 bits below full scale: what is quieter is silence that was dithered.
    private const float Silent = 1f / 32768;

    private const int MaxChannels = 32;

    // Outside of these the resampler's kernels or the sound's samples would fill memory.
    private const int MinRate = 1000, MaxRate = 384_000;

    private readonly string folder = Path.Combine(root.Cache, "listening");

    private readonly WavCache cache = new(Path.Combine(root.Cache, "listening"), (long)options.Value.CacheMegabytes << 20);

    private readonly Lock clearing = new();
    private bool cleared;

    // Reading a file takes a processor; the site stays quick for others.
    private readonly SemaphoreSlim turn = new(2);

    /// <summary>Whether a text can be the id of a sound.</summary>
    public static bool IsId(string? id) => id is { Length: IdLength } && id.All(char.IsAsciiHexDigitLower);

    /// <summary>The sound's file; null: it is not there, or not any more.</summary>
    public string? PathOf(string id)
    {
        using var file = IsId(id) ? cache.TryOpen(id) : null;
        return file is null ? null : Path.Combine(folder, id + ".wav");
    }

    /// <summary>Opens the sound's file; null: it is not there, or not any more. The caller closes it.</summary>
    public FileStream? TryOpen(string id) => IsId(id) ? cache.TryOpen(id) : null;

    /// <summary>Takes a file in: any sound that <see cref="SoundReader"/> reads, at most the first <see cref="ListeningOptions.MaxSeconds"/>.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="sampleRate">The model's, in Hz.</param>
    /// <param name="channels">The model's: 2 keeps a sound's two channels.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="UserException">It is not a sound, is damaged, or cannot be kept.</exception>
    public async Task<BroughtSound> AddAsync(ReadOnlyMemory<byte> bytes, string name, int sampleRate, int channels, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            return await Task.Run(() => AddAsync(bytes, name, sampleRate, channels, options.Value.MaxSeconds, ct), ct);
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private async Task<BroughtSound> AddAsync(ReadOnlyMemory<byte> bytes, string name, int sampleRate, int channels, double maxSeconds, CancellationToken ct)
    {
        // A file, since another program may read it.
        var brought = Path.Combine(folder, $"{Brought}{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            ClearOnce();
            AtomicFile.WriteAllBytes(brought, bytes.Span);
            var (samples, notes) = Read(brought, name, sampleRate, channels, maxSeconds, ct);
            var wav = WavFile.ToBytes(new Waveform(samples, sampleRate), WavEncoding.Float32);
            var id = Hashing.Sha256(wav)[..IdLength];
            await using var kept = await cache.OpenAsync(id, _ => Task.FromResult(wav), ct);
            var loudest = samples.Max(channel => channel.Max(MathF.Abs));
            if (loudest < Silent) notes.Add("The sound is silent: features that fire in it fire on silence.");
            return new BroughtSound(id, name, (double)samples[0].Length / sampleRate, sampleRate, loudest < Silent, notes);
        }
        catch (UserException error) when (error.InnerException is (IOException or UnauthorizedAccessException) and var why && DiskFault.Reason(why) is { } reason)
        {
            throw new UserException($"{name} was not read: it cannot be kept in {folder}, because {reason}.", error);
        }
        catch (UserException error)
        {
            // The person knows the file by its name.
            throw new UserException(error.Message.Replace(brought, name, StringComparison.Ordinal), error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{name} was not read. {AtomicFile.CannotWrite(folder, error).Message}", error);
        }
        finally
        {
            File.Delete(brought);
        }
    }

    /// <summary>Once a start: what was being read when the site was killed would stay forever.</summary>
    private void ClearOnce()
    {
        lock (clearing)
        {
            if (cleared) return;
            cleared = true;
            foreach (var left in Directory.EnumerateFiles(folder, Brought + "*"))
            {
                try
                {
                    File.Delete(left);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    // Another user's: sounds are read all the same.
                }
            }
        }
    }

    private static (float[][] Samples, List<string> Notes) Read(string path, string name, int sampleRate, int channels, double maxSeconds, CancellationToken ct)
    {
        using var sound = SoundReader.Open(path);
        if (sound.Channels > MaxChannels) throw new UserException($"{name} has {sound.Channels} channels; sounds of up to {MaxChannels} are read. Mix it first.");
        if (sound.SampleRate is < MinRate or > MaxRate) throw new UserException($"{name} has {sound.SampleRate} samples a second; {MinRate} to {MaxRate} are read. Convert it first.");
        var most = (int)Math.Round(maxSeconds * sampleRate);
        var keeps = sound.Channels == channels;
        List<float>[] samples = [.. Enumerable.Range(0, keeps ? channels : 1).Select(_ => new List<float>())];
        foreach (var piece in Resampler.Pieces(sound, sampleRate))
        {
            ct.ThrowIfCancellationRequested();
            foreach (var (channel, more) in (keeps ? piece : [new Waveform(piece, sampleRate).ToMono()]).Index()) samples[channel].AddRange(more);
            // One sample more shows that there was more.
            if (samples[0].Count > most) break;
        }
        if (samples[0].Count == 0) throw new UserException($"{name} holds no sound: it has no samples. Give a file with at least one.");
        var notes = new List<string>();
        if (samples[0].Count > most)
        {
            foreach (var channel in samples) channel.RemoveRange(most, channel.Count - most);
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"Only its first {maxSeconds:0.##} s are read; cut it to hear another part."));
        }
        if (sound.SampleRate != sampleRate) notes.Add(string.Create(CultureInfo.InvariantCulture, $"Resampled from {sound.SampleRate} Hz to the model's {sampleRate} Hz."));
        if (!keeps && sound.Channels > 1) notes.Add($"{sound.Channels} channels mixed to one.");
        if (sound.Remark is { } remark) notes.Add(remark.Replace(path, name, StringComparison.Ordinal));
        return ([.. samples.Select(channel => channel.ToArray())], notes);
    }
}

/// <summary>A sound that a person brought.</summary>
/// <param name="Id">Its id in addresses.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Seconds">Length, as far as it is read.</param>
/// <param name="SampleRate">Hz.</param>
/// <param name="Silent">Whether nothing can be heard in it.</param>
/// <param name="Notes">What was changed in it, for a person.</param>
public sealed record BroughtSound(string Id, string Name, double Seconds, int SampleRate, bool Silent, IReadOnlyList<string> Notes);
