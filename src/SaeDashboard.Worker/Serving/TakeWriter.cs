using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Serving;

/// <summary>Writes one take's folder. It holds the folder's lock from queueing on: an unfinished take without a lock was interrupted.</summary>
internal sealed class TakeWriter : IDisposable
{
    private readonly TakeFolder folder;
    private readonly FileLock hold;
    private readonly Dictionary<string, GrowingWavWriter> waves = [];
    private TakeManifest manifest;
    private TakeManifest? ending;

    private TakeWriter(TakeFolder folder, FileLock hold, TakeManifest manifest) => (this.folder, this.hold, this.manifest) = (folder, hold, manifest);

    /// <summary>Makes the folder of a queued take.</summary>
    /// <exception cref="UserException">The take exists already, or cannot be written.</exception>
    public static TakeWriter Create(string takes, string takeId, TakeSettings settings, TimeProvider clock)
    {
        if (!Ids.IsValid("take", takeId)) throw new UserException($"“{takeId}” is not the id of a take.");
        var folder = new TakeFolder(Path.Combine(takes, takeId));
        if (folder.Exists) throw new UserException($"The take {takeId} is there already.");
        var isNew = !Directory.Exists(folder.Path);
        FileLock? hold = null;
        try
        {
            Directory.CreateDirectory(folder.Path);
            hold = FileLock.TryAcquire(folder.LockPath, TimeSpan.FromSeconds(1)) ?? throw new UserException($"The take {takeId} is being made already.");
            var writer = new TakeWriter(folder, hold, new TakeManifest { Id = takeId, Settings = settings, State = TakeState.Queued, CreatedUtc = clock.GetUtcNow() });
            writer.Save(writer.manifest);
            return writer;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserException)
        {
            hold?.Dispose();
            // On a full disk, for example: a folder without its take.json would stay for ever without being a take.
            if (isNew) Remove(folder.Path);
            if (error is UserException) throw;
            throw AtomicFile.CannotWrite(folder.Path, error);
        }
    }

    /// <summary>The take begins: what it is made with is known now, and its sounds have their headers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="settings">With nothing left open.</param>
    /// <param name="saes">The SAEs, the steering ones first.</param>
    /// <param name="windows">The windows, of a take of several.</param>
    /// <param name="samples">Samples of each arm.</param>
    public void Begin(ServeModel model, TakeSettings settings, IReadOnlyList<TakeSae> saes, (int Frames, int Stride)? windows, long samples)
    {
        foreach (var arm in settings.Arms) waves.Add(arm, GrowingWavWriter.Create(folder.WavPath(arm), model.SampleRate, samples, model.Channels));
        Save(manifest with
        {
            Settings = settings,
            State = TakeState.Running,
            ModelHash = model.WeightsHash,
            CodecHash = model.CodecHash,
            SaeHash = saes.Count > 0 ? saes[0].WeightsHash : null,
            Hook = saes.Count > 0 ? saes[0].Hook : null,
            Saes = saes.Count > 1 ? saes : null,
            SampleRate = model.SampleRate,
            Stereo = model.Channels == 2,
            FrameRate = model.FrameRate,
            Window = windows?.Frames,
            Stride = windows?.Stride,
            Samples = samples,
        });
    }

    /// <summary>Time spent with <see cref="Append"/>.</summary>
    public TimeSpan Appending { get; private set; }

    /// <summary>Adds samples <c>[channels][samples]</c> to an arm's sound. Those who read it are not waited for.</summary>
    public void Append(string arm, IReadOnlyList<float[]> samples)
    {
        var begun = Stopwatch.GetTimestamp();
        waves[arm].Append(samples);
        Appending += Stopwatch.GetElapsedTime(begun);
    }

    /// <summary>Takes back an arm's samples from one on.</summary>
    public void Rewind(string arm, long sample) => waves[arm].Rewind(sample);

    /// <summary>Keeps the moves that were made so far.</summary>
    public void SaveMoves(IReadOnlyList<KnobMove> moves, int revision) =>
        Save(manifest with { Settings = manifest.Settings with { Moves = moves }, Revision = revision });

    /// <summary>The take is whole.</summary>
    /// <param name="codes">By arm.</param>
    /// <param name="traces">Of the arms that have them.</param>
    /// <param name="hookCalls">Times the steering ran.</param>
    /// <param name="ended">The arms that ended before the others.</param>
    /// <param name="now">The time.</param>
    public void Complete(
        IReadOnlyDictionary<string, CodeGrid> codes, IReadOnlyDictionary<string, TakeTraces> traces, long hookCalls, IReadOnlyDictionary<string, TakeArmEnd> ended, DateTimeOffset now)
    {
        foreach (var wave in waves.Values) wave.Finish();
        foreach (var (arm, grid) in codes) grid.WriteJson(folder.CodesPath(arm));
        foreach (var (arm, trace) in traces) AtomicFile.WriteJson(folder.TracesPath(arm), trace);
        Save(manifest with { State = TakeState.Done, FinishedUtc = now, HookCalls = hookCalls, Ended = ended.Count > 0 ? ended : null });
    }

    /// <summary>Ends the take early; the sound made so far is kept and plays. May be called again after it threw.</summary>
    /// <exception cref="UserException">On a full disk, for example: take.json is unchanged.</exception>
    public void Stop(TakeState state, string? error, long hookCalls, DateTimeOffset now)
    {
        // Each arm's header is corrected if possible; the end of the take is noted either way.
        foreach (var wave in waves.Values) TryFinish(wave);
        var samples = waves.Count > 0 ? waves.Values.Min(wave => wave.Samples) : 0;
        ending = manifest with { State = state, Error = error, FinishedUtc = now, HookCalls = hookCalls, Samples = samples };
        Save(ending);
    }

    /// <summary>Notes how the take ended, after <see cref="Stop"/> could not; also after <see cref="Dispose"/>. A folder that was removed meanwhile stays away.</summary>
    /// <exception cref="UserException">It still cannot be written.</exception>
    public void SaveEnding()
    {
        if (ending is not null && folder.Exists) Save(ending);
    }

    private static void TryFinish(GrowingWavWriter wave)
    {
        try
        {
            wave.Finish();
        }
        catch (UserException)
        {
            // Readers take a header that promises too much: the file's length counts.
        }
    }

    public void Dispose()
    {
        foreach (var wave in waves.Values) wave.Dispose();
        hold.Dispose();
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is reported; this one adds nothing.
        }
    }

    private void Save(TakeManifest manifest)
    {
        AtomicFile.WriteJson(folder.ManifestPath, manifest);
        this.manifest = manifest;
    }
}
