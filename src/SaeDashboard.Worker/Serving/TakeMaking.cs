using System.Diagnostics;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Serving;

/// <summary>A take while it is made, in small pieces of work between which the tensor thread does other things. Tensor thread only.</summary>
internal sealed class TakeMaking : IDisposable
{
    // A decode request waits for one piece at most.
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(25);
    private const int MostFramesOfChunk = 25;
    private const int FewestFramesOfChunk = 4;

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

    private TakeMaking(TakeWriter writer, TakeSettings settings, Lease<MusicGenModel> model, Lease<LoadedSae>? sae, TakePlan plan)
    {
        (this.writer, this.settings, this.model, this.sae, this.plan) = (writer, settings, model, sae, plan);
        windows = TakePlan.Windows(settings, model.Value);
        run = new Generator(model.Value).Start(plan.Rows, settings.Frames, windows);
        decoders = [.. settings.Arms.Select(_ => model.Value.Codec.NewStream())];
        // Ten pieces of a short take, half a second of a long one.
        chunk = Math.Clamp(settings.Frames / 10, FewestFramesOfChunk, MostFramesOfChunk);
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

    /// <summary>Loads what is missing, and begins.</summary>
    /// <exception cref="Core.UserException">Something cannot be loaded, or a setting does not fit it.</exception>
    public static TakeMaking Start(TakeWriter writer, TakeSettings settings, Residents residents)
    {
        var model = residents.UseModel(settings.ModelPath);
        Lease<LoadedSae>? sae = null;
        TakePlan? plan = null;
        TakeMaking? making = null;
        try
        {
            sae = settings.SaePath is { } path ? residents.UseSae(path) : null;
            plan = TakePlan.Make(settings, model.Value, sae?.Value);
            making = new TakeMaking(writer, settings, model, sae, plan);
            writer.Begin(residents.Model!, sae is null ? null : new ServeSaeSite(sae.Value.Sae.WeightsHash, sae.Value.Site.ToString()), making.Windows, making.TotalSamples);
            return making;
        }
        catch
        {
            if (making is not null)
            {
                making.Dispose();
                throw;
            }
            plan?.Dispose();
            sae?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>A few columns, and the sound of what has become final.</summary>
    /// <exception cref="Core.UserException">The steering broke the model, or the disk is full.</exception>
    public void Work()
    {
        var watch = Stopwatch.StartNew();
        while (!run.IsDone && watch.Elapsed < Piece && run.FinalFrames - fed < chunk) run.Advance();
        if (run.FinalFrames - fed < chunk && !run.IsDone) return;
        for (var row = 0; row < decoders.Length; row++) this.writer.Append(this.settings.Arms[row], decoders[row].Decode(run.Codes[row], run.FinalFrames));
        fed = run.FinalFrames;
    }

    /// <summary>The take is whole: codes and manifest.</summary>
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
