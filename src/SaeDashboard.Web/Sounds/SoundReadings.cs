using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Sounds;

/// <summary>
/// Sounds that were read, or are being read: made once for all who look, the last few kept in memory. A reading continues when the page that
/// asked is left; one that failed is tried again by <see cref="Restart"/>. From any thread.
/// </summary>
public sealed class SoundReadings(
    FeatureCatalog features, ICatalog catalog, ClipLibrary library, TakeService takes, TakeFolders folders, PreviewTakes previews, TemporarySounds sounds, ISoundReader reader,
    IServeClient worker, TimeProvider clock)
{
    // A reading of 30 s takes up to a few megabytes.
    private const int MaxKept = 24;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();

    // In the order of their last use.
    private readonly List<Entry> entries = [];

    /// <summary>A reading changed. On the thread that changed it, often.</summary>
    public event Action? Changed;

    /// <summary>The reading of a sound, begun when it is not there; null: there is no such SAE. Never waits.</summary>
    /// <exception cref="UserException">The SAE's index cannot be read.</exception>
    public ReadingState? Open(string saeId, SoundSource source) => Take(saeId, source)?.State;

    /// <summary>The reading of a sound, when it is over; null: there is no such SAE.</summary>
    /// <exception cref="UserException">The SAE's index cannot be read.</exception>
    public async Task<ReadingState?> WaitAsync(string saeId, SoundSource source, CancellationToken ct)
    {
        if (Take(saeId, source) is not { } entry) return null;
        await entry.Work.WaitAsync(ct);
        return entry.State;
    }

    /// <summary>Stops a reading, and the generation that it waits for.</summary>
    public async Task CancelAsync(string saeId, SoundSource source)
    {
        if (Find(saeId, source) is not { State.IsLive: true } entry) return;
        entry.Stop();
        if (entry.Take is { } take) await worker.CancelTakeAsync(take, CancellationToken.None);
    }

    /// <summary>Begins a reading again that failed or was stopped.</summary>
    public void Restart(string saeId, SoundSource source)
    {
        lock (gate) entries.RemoveAll(entry => entry.SaeId == saeId && entry.Source == source && !entry.State.IsLive);
        Take(saeId, source);
        Changed?.Invoke();
    }

    private Entry? Find(string saeId, SoundSource source)
    {
        lock (gate) return entries.FindLast(entry => entry.SaeId == saeId && entry.Source == source);
    }

    private Entry? Take(string saeId, SoundSource source)
    {
        if (catalog.Sae(saeId) is not { } sae || features.Open(saeId) is not { } set) return null;
        lock (gate)
        {
            // Another index or other weights: another reading.
            var entry = entries.Find(each => each.SaeId == saeId && each.Source == source && ReferenceEquals(each.Set, set));
            if (entry is not null) entries.Remove(entry);
            else
            {
                if (entries.Count >= MaxKept && entries.Find(each => !each.State.IsLive) is { } oldest) entries.Remove(oldest);
                entry = new Entry(saeId, source, set);
                var mine = entry;
                entry.Work = Task.Run(() => RunAsync(mine, sae), CancellationToken.None);
            }
            entries.Add(entry);
            return entry;
        }
    }

    private async Task RunAsync(Entry entry, CatalogSae sae)
    {
        try
        {
            var result = await ReadAsync(entry, sae, entry.Source);
            Show(entry, result is null ? new ReadingState(ReadingStage.Gone) : new ReadingState(ReadingStage.Ready, Result: result));
        }
        catch (OperationCanceledException)
        {
            Show(entry, new ReadingState(ReadingStage.Cancelled));
        }
        catch (UserException problem)
        {
            Show(entry, new ReadingState(ReadingStage.Failed, Problem: problem.Message));
        }
#pragma warning disable CA1031 // Nobody awaits it but those who look: what is unforeseen is shown to them.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Show(entry, new ReadingState(ReadingStage.Failed, Problem: $"A fault in the program: {error.Message}"));
        }
    }

    private Task<ReadSound?> ReadAsync(Entry entry, CatalogSae sae, SoundSource source) => source switch
    {
        BroughtSource sound => ReadBroughtAsync(entry, sae, sound),
        ClipSource clip => ReadClipAsync(entry, sae, clip),
        TakeSource take => ReadTakeAsync(entry, sae, take),
        PromptSource prompt => ReadPromptAsync(entry, sae, prompt),
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "Unknown source."),
    };

    private async Task<ReadSound?> ReadBroughtAsync(Entry entry, CatalogSae sae, BroughtSource source)
    {
        if (sounds.PathOf(source.Id) is not { } path) return null;
        var activations = await AskAsync(entry, new ReadingRequest((await ModelOfAsync(entry, sae)).Path, sae.Path, 0, Codes: null, Sound: path));
        var peaks = sounds.TryOpen(source.Id) is { } file ? PeaksOf(file) : null;
        return new ReadSound(source, activations, ListeningEndpoints.SoundAddress(source.Id), ListeningEndpoints.PeaksAddress(source.Id), peaks, "Your sound");
    }

    private async Task<ReadSound?> ReadClipAsync(Entry entry, CatalogSae sae, ClipSource source)
    {
        if (entry.Set.Clips is not { } clips || entry.Set.DatasetId is not { } dataset)
            throw new UserException($"The dataset “{entry.Set.Index.Info.Dataset}” of this SAE's index is not here, so its clips cannot be read. The Data page says where datasets belong.");
        if (entry.Set.Clip(source.Row) is not { } clip) throw new UserException($"The dataset has clips 0 to {clips.Clips.Count - 1}; {source.Row} is not one of them.");
        // As the index was measured: without what pads a short clip.
        var codes = clips.Codes(clip);
        codes = codes.Slice(0, clips.MusicFrames(clip, entry.Set.Index.Info.FrameRate));
        var activations = await AskAsync(entry, new ReadingRequest((await ModelOfAsync(entry, sae)).Path, sae.Path, codes.Codebooks, codes.ToBase64(), Prompt: clip.Caption));
        var sound = FeatureEndpoints.SoundAddress(dataset, source.Row);
        var peaks = library.Cached(dataset, source.Row) is { } cached ? PeaksOf(cached.File) : null;
        return new ReadSound(source, activations, sound, sound[..^".wav".Length] + "/peaks", peaks, clip.Caption ?? $"Clip {source.Row}");
    }

    private async Task<ReadSound?> ReadPromptAsync(Entry entry, CatalogSae sae, PromptSource source)
    {
        var model = await ModelOfAsync(entry, sae);
        var settings = new TakeSettings
        {
            ModelPath = model.Path,
            Prompt = source.Prompt,
            Seed = source.Seed,
            Frames = Math.Max(1, (int)Math.Round(source.Seconds * entry.Set.Index.Info.FrameRate)),
            Arms = [TakeArms.Baseline],
        };
        var take = previews.Find(settings) ?? await previews.StartAsync(settings, entry.Stopped);
        return await ReadTakeAsync(entry, sae, new TakeSource(take, TakeArms.Baseline));
    }

    private async Task<ReadSound?> ReadTakeAsync(Entry entry, CatalogSae sae, TakeSource source)
    {
        entry.Take = source.Take;
        while (true)
        {
            var now = worker.LiveProgress(source.Take);
            if (now is null && folders.Refresh(source.Take) is not { Manifest.State: TakeState.Queued or TakeState.Running }) break;
            Show(entry, new ReadingState(ReadingStage.Generating, now?.QueuePosition ?? 0, now?.ColumnsDone ?? 0, now?.Columns ?? 0));
            await Task.Delay(Look, clock, entry.Stopped);
        }
        entry.Take = null;
        if (takes.Refresh(source.Take) is not ({ } view, { } folder))
        {
            // On a full disk a take has no folder: only the worker says what became of it.
            return worker.Ending(source.Take) is { Error: { } why } ? throw new UserException(why) : null;
        }
        if (view.Manifest.State == TakeState.Cancelled) throw new UserException("This take was stopped before it was whole; only whole takes can be read.");
        if (view.Manifest.State != TakeState.Done) throw new UserException(view.Manifest.Error ?? "This take is not whole; only whole takes can be read.");
        var model = await ModelOfAsync(entry, sae);
        if (model.CodecHash is { } codec && view.Manifest.CodecHash is { } made && codec != made)
            throw new UserException("This take was made with another codec than this SAE's model has. Choose an SAE of the take's model.");
        var codes = folder.ReadCodes(source.Arm) ?? throw new UserException($"The take has no arm {source.Arm}.");
        var activations = await AskAsync(entry, new ReadingRequest(model.Path, sae.Path, codes.Codebooks, codes.ToBase64(), Prompt: view.Manifest.Settings.Prompt));
        var sound = TakeEndpoints.SoundAddress(source.Take, source.Arm);
        var peaks = takes.OpenSound(folder, source.Arm) is { } file ? PeaksOf(file) : null;
        var name = view.Manifest.Settings is { Preview: true, Prompt: { } prompt } ? $"“{prompt}”" : view.Name;
        return new ReadSound(source, activations, sound, sound[..^".wav".Length] + "/peaks", peaks, view.Arms.Count > 1 ? $"{name}, {TakeArms.Word(source.Arm)}" : name);
    }

    /// <summary>
    /// The model that the index was measured with: an SAE's folder may not name one. Just after a start the models' hashes are still being computed,
    /// and another model of the same width would give other activations.
    /// </summary>
    private async Task<CatalogModel> ModelOfAsync(Entry entry, CatalogSae sae)
    {
        var begun = clock.GetTimestamp();
        while (true)
        {
            if (catalog.ModelByHash(entry.Set.Index.Info.ModelHash) is { } model) return model;
            if (catalog.Models.All(each => each.State != CatalogState.Reading) || clock.GetElapsedTime(begun) > Patience)
                return takes.ModelOf(sae) ?? throw new UserException("The model that this SAE was trained on is not here. The Data page says where models belong.");
            await Task.Delay(Look, clock, entry.Stopped);
        }
    }

    private Task<SoundActivations> AskAsync(Entry entry, ReadingRequest request) => reader.ReadAsync(request, happened => Show(entry, happened.Type switch
    {
        ReadingEventType.Encoding => new ReadingState(ReadingStage.Encoding, 0, happened.Done ?? 0, happened.Total ?? 0),
        ReadingEventType.Reading => new ReadingState(ReadingStage.Reading, 0, happened.Done ?? 0, happened.Total ?? 0),
        _ => new ReadingState(ReadingStage.Waiting, happened.Position ?? 0),
    }), entry.Stopped);

    private void Show(Entry entry, ReadingState state)
    {
        entry.State = state;
        Changed?.Invoke();
    }

    /// <summary>Without them the page asks for the peaks and gets the error.</summary>
    private static Peaks? PeaksOf(FileStream file)
    {
        try
        {
            return SoundFile.PeaksOf("The sound", file);
        }
        catch (UserException)
        {
            return null;
        }
    }

    /// <summary>One reading, and its end when it is stopped.</summary>
    private sealed class Entry(string saeId, SoundSource source, FeatureSet set) : IDisposable
    {
        private readonly CancellationTokenSource stop = new();

        public string SaeId => saeId;

        public SoundSource Source => source;

        /// <summary>The features it is held against.</summary>
        public FeatureSet Set => set;

        public volatile ReadingState State = new(ReadingStage.Waiting);

        /// <summary>Ends when the reading does; never fails.</summary>
        public Task Work { get; set; } = Task.CompletedTask;

        /// <summary>The take it waits for.</summary>
        public string? Take { get; set; }

        public CancellationToken Stopped => this.stop.Token;

        public void Stop() => this.stop.Cancel();

        public void Dispose() => this.stop.Dispose();
    }
}
