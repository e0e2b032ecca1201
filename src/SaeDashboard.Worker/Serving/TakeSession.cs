using System.Diagnostics;
using System.Runtime.CompilerServices;
using SaeDashboard.Core;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Worker.Saes;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Serving;

/// <summary>A queued take and its event log. Thread-safe.</summary>
internal sealed class GenerationJob(string takeId, TakeSettings settings, TakeWriter writer) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<GenerationEvent> events = [];
    private readonly CancellationTokenSource cancellation = new();
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool closed;

    public string TakeId => takeId;

    public TakeSettings Settings => settings;

    public TakeWriter Writer => writer;

    /// <summary>Cancelled when the take should stop.</summary>
    public CancellationToken Cancellation => cancellation.Token;

    /// <summary>Why it is stopped, unless a person stopped it.</summary>
    public string? StopReason { get; private set; }

    public TakeState State { get; set; } = TakeState.Queued;

    public int Done { get; private set; }

    public int Total { get; private set; }

    public long Samples { get; private set; }

    public void Cancel(string? reason = null)
    {
        StopReason ??= reason;
        cancellation.Cancel();
    }

    /// <summary>Publishes the progress.</summary>
    public void Report(int done, int total, long samples)
    {
        (Done, Total, Samples) = (done, total, samples);
        Publish(new GenerationEvent(GenerationEventType.Columns, Done: done, Total: total, Samples: samples));
    }

    public void Publish(GenerationEvent happened)
    {
        lock (gate)
        {
            if (events is [.., var before] && before == happened) return;
            // A listener that lags needs only the last of several counts.
            if (happened.Type == GenerationEventType.Columns && events is [.., { Type: GenerationEventType.Columns } last] && last.Samples == happened.Samples) events[^1] = happened;
            else events.Add(happened);
            Wake();
        }
    }

    /// <summary>Ends the event stream.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            Wake();
        }
    }

    /// <summary>All events from the first to the last, including those to come.</summary>
    public async IAsyncEnumerable<GenerationEvent> Events([EnumeratorCancellation] CancellationToken cancellation)
    {
        GenerationEvent? last = null;
        for (var at = 0; ;)
        {
            GenerationEvent[] fresh;
            Task next;
            bool over;
            lock (gate)
            {
                // The last one may have been replaced by a newer count since it was published.
                var from = at > 0 && !ReferenceEquals(events[at - 1], last) ? at - 1 : at;
                fresh = [.. events.Skip(from)];
                at = events.Count;
                if (at > 0) last = events[at - 1];
                (next, over) = (more.Task, closed);
            }
            foreach (var happened in fresh) yield return happened;
            if (over) yield break;
            await next.WaitAsync(cancellation);
        }
    }

    public void Dispose() => this.cancellation.Dispose();

    private void Wake()
    {
        var waiting = more;
        more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.TrySetResult();
    }
}

/// <summary>Generates a take in small pieces of work; the tensor thread does other work in between. Tensor thread only.</summary>
internal sealed class TakeGenerator : IDisposable
{
    // A decode request waits for one piece at most.
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(25);
    private const int MaxChunkFrames = 25;
    private const int MinChunkFrames = 4;

    private readonly TakeWriter writer;
    private readonly TakeSettings settings;
    private readonly Lease<MusicGenModel> model;
    private readonly Lease<LoadedSae>? sae;
    private readonly TakePlan plan;
    private readonly GenerationRun run;
    private readonly WindowSettings windows;
    private readonly StreamingDecoder[] decoders;
    private readonly int chunk;
    private int fed;

    private TakeGenerator(TakeWriter writer, TakeSettings settings, Lease<MusicGenModel> model, Lease<LoadedSae>? sae, TakePlan plan)
    {
        (this.writer, this.settings, this.model, this.sae, this.plan) = (writer, settings, model, sae, plan);
        windows = TakePlan.Windows(settings, model.Value);
        run = new Generator(model.Value).Start(plan.Rows, settings.Frames, windows);
        decoders = [.. settings.Arms.Select(_ => model.Value.Codec.NewStream())];
        // Ten pieces of a short take, half a second of a long one.
        chunk = Math.Clamp(settings.Frames / 10, MinChunkFrames, MaxChunkFrames);
    }

    /// <summary>Frames and stride of the windows, where there are several.</summary>
    private (int Frames, int Stride)? Windows => this.settings.Frames > windows.LongestFrames ? (windows.Frames, windows.Stride) : null;

    /// <summary>Columns computed.</summary>
    public int Done => run.Column;

    /// <summary>Columns in all.</summary>
    public int Total => run.Columns;

    /// <summary>Samples of every arm in its file.</summary>
    public long Samples => decoders[0].Samples;

    /// <summary>Samples every arm will have.</summary>
    public long TotalSamples => (long)this.settings.Frames * this.model.Value.Codec.HopLength;

    public int SampleRate => this.model.Value.Codec.SampleRate;

    public long HookCalls => this.plan.HookCalls;

    public bool IsDone => run.IsDone && fed == this.settings.Frames;

    /// <summary>Loads what is missing and starts the generation.</summary>
    /// <exception cref="Core.UserException">Something cannot be loaded, or a setting does not fit it.</exception>
    public static TakeGenerator Start(TakeWriter writer, TakeSettings settings, ModelCache cache)
    {
        var model = cache.UseModel(settings.ModelPath);
        Lease<LoadedSae>? sae = null;
        TakePlan? plan = null;
        TakeGenerator? generator = null;
        try
        {
            sae = settings.SaePath is { } path ? cache.UseSae(path) : null;
            plan = TakePlan.Make(settings, model.Value, sae?.Value);
            generator = new TakeGenerator(writer, settings, model, sae, plan);
            writer.Begin(cache.Model!, sae is null ? null : new ServeSaeSite(sae.Value.Sae.WeightsHash, sae.Value.Site.ToString()), generator.Windows, generator.TotalSamples);
            return generator;
        }
        catch
        {
            if (generator is not null)
            {
                generator.Dispose();
                throw;
            }
            plan?.Dispose();
            sae?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>Computes a few columns and decodes the frames that became final.</summary>
    /// <exception cref="Core.UserException">The steering broke the model, or the disk is full.</exception>
    public void Work()
    {
        var watch = Stopwatch.StartNew();
        while (!run.IsDone && watch.Elapsed < Piece && run.FinalFrames - fed < chunk) run.Advance();
        if (run.FinalFrames - fed < chunk && !run.IsDone) return;
        for (var row = 0; row < decoders.Length; row++) this.writer.Append(this.settings.Arms[row], decoders[row].Decode(run.Codes[row], run.FinalFrames));
        fed = run.FinalFrames;
    }

    /// <summary>Writes codes and manifest of the finished take.</summary>
    public void Complete(DateTimeOffset now)
    {
        var codes = this.settings.Arms.Select((arm, row) => (arm, run.Codes[row])).ToDictionary(pair => pair.arm, pair => pair.Item2);
        this.writer.Complete(codes, HookCalls, now);
    }

    public void Dispose()
    {
        foreach (var decoder in decoders) decoder.Dispose();
        run.Dispose();
        this.plan.Dispose();
        this.sae?.Dispose();
        this.model.Dispose();
    }
}

/// <summary>A take's settings as the engine understands them: rows of one batch, one an arm, with the steered one's hook.</summary>
internal sealed class TakePlan : IDisposable
{
    private const int MaxSteers = 64;
    private const double MaxStrength = 1000;

    // Beyond the model's window a take is made window by window: what one waits for and what others wait behind is bounded.
    private const double MaxSeconds = 120;

    private readonly IReadOnlyList<SteeringEdit> edits;

    private TakePlan(IReadOnlyList<GenerationRow> rows, IReadOnlyList<SteeringEdit> edits) => (Rows, this.edits) = (rows, edits);

    /// <summary>In the order of the settings' arms. All share the noise.</summary>
    public IReadOnlyList<GenerationRow> Rows { get; }

    /// <summary>Times the steering has run.</summary>
    public long HookCalls => edits.Sum(edit => edit.Calls);

    /// <summary>Refuses what can be refused without a model.</summary>
    /// <exception cref="UserException">A setting makes no sense.</exception>
    public static void Check(TakeSettings settings)
    {
        if (settings.Arms.Count == 0 || settings.Arms.Except(TakeArms.All).Any() || settings.Arms.Distinct().Count() != settings.Arms.Count)
            throw new UserException($"The arms are “{string.Join(", ", settings.Arms)}”: choose from A (baseline), C (steered) and D (reversed), each once.");
        if (settings.Frames < 1) throw new UserException($"{settings.Frames} frames cannot be made: ask for at least one.");
        if (settings.Piece < 0) throw new UserException($"Piece {settings.Piece} of a batch: they are counted from 0.");
        if (settings.Steers.Count > MaxSteers) throw new UserException($"{settings.Steers.Count} features are turned; at most {MaxSteers} can be.");
        if (settings.Steers.Count > 0 && settings.SaePath is null) throw new UserException("Features are turned, but no SAE is named.");
        foreach (var steer in settings.Steers)
        {
            if (!(Math.Abs(steer.Strength) <= MaxStrength))
                throw new UserException($"Feature {steer.Feature} has the strength {steer.Strength}: it must be from −{MaxStrength} to {MaxStrength} (multiples of its p99; −6 to 6 is usual).");
            Mode(steer);
        }
        Sampling(settings).Validate();
        WhichHalf(settings);
    }

    /// <exception cref="UserException">The piece is too long for the model, or the SAE does not fit it.</exception>
    public static TakePlan Make(TakeSettings settings, MusicGenModel model, LoadedSae? sae)
    {
        Check(settings);
        var longest = LongestFrames(model);
        if (settings.Frames > longest)
            throw new UserException(FormattableString.Invariant($"{settings.Frames / model.Codec.FrameRate:F2} s are longer than a take can be ({longest / model.Codec.FrameRate:F2} s): ask for less."));
        if (sae is not null) SaeCompatibility.Require(sae.Folder, sae.Sae, model);
        var guided = settings.Prompt is not null && settings.Guidance > 1;
        var turned = new Dictionary<string, SteeringEdit>();
        foreach (var arm in settings.Arms)
        {
            if (sae is not null && arm != TakeArms.Baseline) turned.Add(arm, Edit(settings, sae, arm == TakeArms.Reversed ? -1 : 1));
        }
        if (turned.Count > 0) WhichHalf(settings).RequireSteered(guided);
        var rows = settings.Arms.Select(arm => new GenerationRow
        {
            Prompt = settings.Prompt,
            Seed = settings.Seed,
            Sample = settings.Piece,
            Sampling = Sampling(settings),
            Hooks = turned.TryGetValue(arm, out var edit) ? [new SteeringHook(sae!.Site, edit, WhichHalf(settings), guided)] : [],
        });
        return new TakePlan([.. rows], [.. turned.Values]);
    }

    /// <summary>The longest take, frames: two minutes, or one window of a model that has a longer one.</summary>
    public static int LongestFrames(MusicGenModel model) =>
        Math.Max(WindowSettings.Of(model.Config).LongestFrames, (int)Math.Round(MaxSeconds * model.Codec.FrameRate));

    /// <summary>The windows of a take.</summary>
    /// <exception cref="UserException">Its stride does not fit the model.</exception>
    public static WindowSettings Windows(TakeSettings settings, MusicGenModel model)
    {
        var windows = settings is { Window: null, Stride: null } ? WindowSettings.Of(model.Config) : WindowSettings.Of(model.Config, settings.Window, settings.Stride);
        if (settings.Frames > windows.LongestFrames) windows.Validate();
        return windows;
    }

    public void Dispose()
    {
        foreach (var edit in edits) edit.Dispose();
    }

    private static SteeringEdit Edit(TakeSettings settings, LoadedSae sae, int sign)
    {
        // The p99 at the time when the strength was chosen: a rebuilt index must not change an old take.
        var units = settings.Steers.GroupBy(steer => steer.Feature).ToDictionary(group => group.Key, group => group.First().P99);
        double Unit(int feature) => units[feature] > 0 ? units[feature] : sae.Index[feature].P99;
        return new SteeringEdit(sae.Sae, Unit, [.. settings.Steers.Select(steer => new Steer(steer.Feature, sign * steer.Strength, Mode(steer)))]);
    }

    private static SamplingSettings Sampling(TakeSettings settings) => new(settings.Guidance, settings.Temperature, settings.TopK, settings.TopP, settings.Greedy);

    private static SteerMode Mode(TakeSteer steer) => PresetSteering.Parse<SteerMode>(steer.Mode, $"feature {steer.Feature}", "mode");

    private static SteerRows WhichHalf(TakeSettings settings) => PresetSteering.Parse<SteerRows>(settings.Rows, "the take", "rows");
}
