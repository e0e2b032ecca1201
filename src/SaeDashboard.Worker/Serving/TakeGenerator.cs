using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Serving;

/// <summary>Generates a take in small pieces of work; the tensor thread does other work in between. Tensor thread only.</summary>
internal sealed class TakeGenerator : IDisposable
{
    // A decode request waits for one piece at most.
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(25);
    private const int MaxChunkFrames = 25;
    private const int MinChunkFrames = 4;

    private readonly TakeWriter writer;
    private readonly TakeInputs inputs;
    private readonly Action<GenerationEvent> publish;
    private readonly GenerationRun run;
    private readonly WindowSettings windows;
    private readonly TakeArmSound[] arms;
    private readonly LiveKnobs? live;
    private readonly int chunk;
    private bool over;
    private TimeSpan telling;

    private TakeGenerator(TakeWriter writer, TakeInputs inputs, Action<GenerationEvent> publish, TimeProvider clock, Func<bool> othersWait)
    {
        (this.writer, this.inputs, this.publish) = (writer, inputs, publish);
        var (settings, model) = (inputs.Settings, inputs.Model.Value);
        windows = TakePlan.Windows(settings, model);
        run = new Generator(model).Start(inputs.Plan.Rows, settings.Frames, windows, rewindable: settings.Live is not null);
        var stream = settings.Live is { } knobs ? new StreamSettings(Block: knobs.Block, Kept: LiveKnobs.KeptFrames(model.Codec.FrameRate)) : new StreamSettings();
        arms = [.. inputs.Plan.Arms.Select((arm, row) => new TakeArmSound(arm, row, run, Streams(model, stream)))];
        live = settings.Live is null ? null : new LiveKnobs(settings, run, arms, model.Codec, writer, clock, othersWait);
        chunk = ChunkFrames(settings);
    }

    /// <summary>Frames and stride of the windows, where there are several.</summary>
    private (int Frames, int Stride)? Windows => Settings.Frames > windows.LongestFrames ? (windows.Frames, windows.Stride) : null;

    private TakeSettings Settings => inputs.Settings;

    /// <summary>Samples that can be read of every arm that continues.</summary>
    private long Samples => arms.Where(arm => arm.End is null).Min(arm => arm.Samples);

    /// <summary>Samples every arm will have.</summary>
    public long TotalSamples => (long)Settings.Frames * inputs.Model.Value.Codec.HopLength;

    public int SampleRate => inputs.Model.Value.Codec.SampleRate;

    public long HookCalls => inputs.Plan.HookCalls;

    /// <summary>Time spent with giving out what was made: to the files and to those who follow it.</summary>
    public TimeSpan Output => telling + writer.Appending;

    public bool IsDone => run.IsDone && arms.All(arm => arm.IsFed);

    /// <summary>Loads what is missing and starts the generation.</summary>
    /// <param name="writer">The take's folder.</param>
    /// <param name="settings">As they were asked for.</param>
    /// <param name="cache">The models and SAEs.</param>
    /// <param name="publish">Receives what happens. It must not wait.</param>
    /// <param name="clock">The time.</param>
    /// <param name="othersWait">Whether other takes wait for this one; from any thread.</param>
    /// <exception cref="UserException">Something cannot be loaded, or a setting does not fit it.</exception>
    public static TakeGenerator Start(TakeWriter writer, TakeSettings settings, ModelCache cache, Action<GenerationEvent> publish, TimeProvider clock, Func<bool> othersWait)
    {
        var inputs = TakeInputs.Load(settings, cache);
        TakeGenerator? generator = null;
        try
        {
            generator = new TakeGenerator(writer, inputs, publish, clock, othersWait);
            writer.Begin(cache.Model!, inputs.Settings, inputs.Saes, generator.Windows, generator.TotalSamples);
            return generator;
        }
        catch
        {
            if (generator is null) inputs.Dispose();
            else generator.Dispose();
            throw;
        }
    }

    /// <summary>Computes a few columns and decodes the frames that became final.</summary>
    /// <returns>How long the work should rest because the listener is far behind; 0: not at all.</returns>
    /// <exception cref="UserException">Every arm has ended, or the disk is full.</exception>
    public TimeSpan Work()
    {
        var (watch, rest) = (Stopwatch.StartNew(), TimeSpan.Zero);
        do
        {
            rest = live?.Rest(Samples) ?? TimeSpan.Zero;
            if (rest > TimeSpan.Zero) break;
            if (!run.IsDone)
            {
                run.Advance();
                foreach (var arm in arms) Look(arm);
            }
            foreach (var arm in arms)
            {
                if (run.IsDone || run.FinalFrames - arm.Fed >= chunk) arm.Feed(writer);
            }
        }
        while (!run.IsDone && watch.Elapsed < Piece);
        live?.Verify();
        Tell(new GenerationEvent(GenerationEventType.Columns, Done: run.Column, Total: run.Columns, Samples: Samples));
        foreach (var arm in arms)
        {
            if (arm.NewTrace() is { } trace) Tell(new GenerationEvent(GenerationEventType.Trace, Arm: arm.Letter, Trace: trace));
        }
        return rest;
    }

    /// <summary>Turns knobs of a live take.</summary>
    /// <exception cref="UserException">They cannot be turned there; nothing has changed.</exception>
    public KnobsAnswer Turn(KnobsRequest request)
    {
        if (over) throw new UserException("The take is finished: turn the knobs in the rack and generate another one.");
        if (live is null) throw new UserException("This take was not asked for as a live one, so its knobs cannot be turned while it is generated: ask for one with live settings.");
        var before = run.Revision;
        var answer = live.Turn(request);
        if (run.Revision != before) Tell(new GenerationEvent(GenerationEventType.Revision, Revision: answer.Revision, FromSample: answer.FromSample, Column: answer.FromColumn));
        return answer;
    }

    /// <summary>Notes where the listener is.</summary>
    public void Hear(PlayheadRequest heard) => live?.Hear(heard);

    /// <summary>Writes codes and manifest of the finished take.</summary>
    public void Complete(DateTimeOffset now)
    {
        Close();
        foreach (var arm in arms) arm.Finish(writer);
        var ended = arms.Where(arm => arm.End is not null).ToDictionary(arm => arm.Letter, arm => arm.End!);
        writer.Complete(arms.ToDictionary(arm => arm.Letter, arm => arm.Codes), arms.Where(arm => arm.Plan.Trace is not null).ToDictionary(arm => arm.Letter, arm => arm.Plan.Trace!.All()), HookCalls, ended, now);
    }

    /// <summary>No knob is turned any more; those that were are kept.</summary>
    /// <exception cref="UserException">They cannot be written.</exception>
    public void Close()
    {
        over = true;
        live?.Save(now: true);
    }

    public void Dispose()
    {
        over = true;
        foreach (var arm in arms) arm.Dispose();
        run.Dispose();
        inputs.Dispose();
    }

    /// <summary>Frames that are decoded at once, which decide the rounding of the samples: ten pieces of a short take, half a second of a long one. A live
    /// one is decoded as soon as its blocks allow.</summary>
    public static int ChunkFrames(TakeSettings settings) => settings.Live is not null ? 1 : Math.Clamp(settings.Frames / 10, MinChunkFrames, MaxChunkFrames);

    /// <summary>A decoder for each channel.</summary>
    public static IReadOnlyList<StreamingDecoder> Streams(MusicGenModel model, StreamSettings settings) =>
        [.. Enumerable.Range(0, model.Config.Decoder.AudioChannels).Select(channel => model.Codec.NewStream(settings with { Channel = channel, Channels = model.Config.Decoder.AudioChannels }))];

    private void Tell(GenerationEvent happened)
    {
        var begun = Stopwatch.GetTimestamp();
        publish(happened);
        telling += Stopwatch.GetElapsedTime(begun);
    }

    private void Look(TakeArmSound arm)
    {
        if (!arm.Look()) return;
        Tell(new GenerationEvent(GenerationEventType.Arm, Arm: arm.Letter, Column: arm.End!.Column, Samples: arm.End.Samples, Message: arm.End.Message));
        if (arms.All(each => each.End is not null)) throw new UserException(arm.End.Message);
    }
}

/// <summary>What a take is made of: its settings with nothing left open, the model, the SAEs and the arms.</summary>
internal sealed class TakeInputs : IDisposable
{
    private readonly IReadOnlyDictionary<string, Lease<LoadedSae>> saes;

    private TakeInputs(TakeSettings settings, Lease<MusicGenModel> model, IReadOnlyDictionary<string, Lease<LoadedSae>> saes, TakePlan plan) =>
        (Settings, Model, this.saes, Plan) = (settings, model, saes, plan);

    public TakeSettings Settings { get; }

    public Lease<MusicGenModel> Model { get; }

    public TakePlan Plan { get; }

    /// <summary>The SAEs it uses, the steering ones first.</summary>
    public IReadOnlyList<TakeSae> Saes => [.. TakePlan.SaePaths(Settings).Select(path => new TakeSae(path, saes[path].Value.Sae.WeightsHash, saes[path].Value.Site.ToString()))];

    /// <exception cref="UserException">Something cannot be loaded, or a setting does not fit it.</exception>
    public static TakeInputs Load(TakeSettings settings, ModelCache cache)
    {
        var model = cache.UseModel(settings.ModelPath);
        var saes = new Dictionary<string, Lease<LoadedSae>>();
        try
        {
            foreach (var path in TakePlan.SaePaths(settings)) saes.Add(path, cache.UseSae(path));
            LoadedSae Sae(string path) => saes[path].Value;
            settings = TakeSounds.Resolve(TakePlan.Resolve(settings, Sae), model.Value, cache.Require);
            return new TakeInputs(settings, model, saes, TakePlan.Make(settings, model.Value, Sae));
        }
        catch
        {
            foreach (var lease in saes.Values) lease.Dispose();
            model.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Plan.Dispose();
        foreach (var lease in saes.Values) lease.Dispose();
        Model.Dispose();
    }
}
