using System.Runtime.CompilerServices;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Serving;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Saes;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Serving;

/// <summary>
/// Reads sounds with an SAE, one after the other, in pieces of work: a take that is being made continues in between. A reading ends when
/// its client disconnects. From any thread.
/// </summary>
internal sealed class ReadingQueue(ModelCache cache, TensorThread thread, AllowedRoots roots)
{
    /// <summary>The longest sound, in seconds.</summary>
    public const double MaxSeconds = 120;

    private const int MaxWaiting = 100;

    private readonly Lock gate = new();
    private readonly List<object> line = [];
    private TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How a reading goes; its last event has the result.</summary>
    /// <exception cref="UserException">The sound cannot be read, is too long or another model's; or too many readings wait.</exception>
    public async IAsyncEnumerable<ReadingEvent> Read(ReadingRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var codes = request.Codes is null ? null : Codes(request.Codes, request.Codebooks);
        if (codes is null == request.Sound is null) throw new UserException("Give either codes or a sound file.");
        var mine = new object();
        Join(mine);
        try
        {
            while (Place(mine) is (> 0 and var place, var next))
            {
                yield return new ReadingEvent(ReadingEventType.Waiting, Position: place);
                await next.WaitAsync(cancellation);
            }
            await using var job = await ReadingJob.OpenAsync(cache, thread, request, cancellation);
            if (codes is null)
            {
                await foreach (var step in job.EncodeAsync(roots.Require(request.Sound!), cancellation)) yield return step;
                codes = job.Codes!;
            }
            await foreach (var step in job.ReadAsync(codes, request.Prompt, cancellation)) yield return step;
        }
        finally
        {
            Leave(mine);
        }
    }

    private void Join(object mine)
    {
        lock (gate)
        {
            if (line.Count >= MaxWaiting) throw new UserException($"{MaxWaiting} sounds wait to be read already. Try again in a moment.");
            line.Add(mine);
        }
    }

    private (int Place, Task Moved) Place(object mine)
    {
        lock (gate) return (line.IndexOf(mine), moved.Task);
    }

    private void Leave(object mine)
    {
        lock (gate)
        {
            line.Remove(mine);
            moved.TrySetResult();
            moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    internal static CodeGrid Codes(string base64, int codebooks)
    {
        if (codebooks is < 1 or > 64) throw new UserException($"{codebooks} codebooks: a model has 1 to 64.");
        return CodeGrid.FromBase64(base64 ?? "", codebooks);
    }
}

/// <summary>One reading: what it holds of the cache, and its pieces of work.</summary>
internal sealed class ReadingJob : IAsyncDisposable
{
    private readonly TensorThread thread;
    private readonly Lease<MusicGenModel> model;
    private readonly Lease<LoadedSae> sae;

    private ReadingJob(TensorThread thread, Lease<MusicGenModel> model, Lease<LoadedSae> sae) => (this.thread, this.model, this.sae) = (thread, model, sae);

    /// <summary>The codes of the sound, once it is encoded.</summary>
    public CodeGrid? Codes { get; private set; }

    private MusicGenModel Model => this.model.Value;

    /// <summary>Loads what is missing.</summary>
    /// <exception cref="UserException">Something cannot be loaded, or the SAE does not fit the model.</exception>
    public static Task<ReadingJob> OpenAsync(ModelCache cache, TensorThread thread, ReadingRequest request, CancellationToken cancellation) => thread.Run(() =>
    {
        var model = cache.UseModel(request.Model);
        try
        {
            var sae = cache.UseSae(request.Sae);
            try
            {
                SaeCompatibility.Require(sae.Value.Folder, sae.Value.Sae, model.Value);
                return new ReadingJob(thread, model, sae);
            }
            catch
            {
                sae.Dispose();
                throw;
            }
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }, cancellation);

    /// <summary>Encodes a WAV file as the verb <c>encode</c> does: mixed to one channel, at the codec's rate.</summary>
    public async IAsyncEnumerable<ReadingEvent> EncodeAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = Core.Files.RegularFile.OpenStream(path, bufferSize: 1 << 16);
        using var sound = SoundReader.OpenWav(Path.GetFileName(path), file);
        var rate = Model.Codec.SampleRate;
        var total = (double)sound.ExpectedCount / sound.SampleRate;
        if (total > ReadingQueue.MaxSeconds) throw new UserException(FormattableString.Invariant($"The sound has {total:0.0} s; at most {ReadingQueue.MaxSeconds:0} s are read at once."));
        var encoder = await thread.Run(() => Model.NewSoundEncoder(1), cancellation);
        try
        {
            foreach (var piece in Resampler.Pieces(sound, rate))
            {
                var mono = new Waveform(piece, rate).ToMono();
                await thread.Run(() => encoder.Append([mono]), cancellation);
                yield return new ReadingEvent(ReadingEventType.Encoding, Done: (int)(sound.Position / sound.SampleRate), Total: (int)Math.Ceiling(total));
            }
            if (sound.Position == 0) throw new UserException("The sound has no samples. Give a file with at least one.");
            Codes = await thread.Run(encoder.Finish, cancellation);
        }
        finally
        {
            await thread.Run(encoder.Dispose, CancellationToken.None);
        }
    }

    /// <summary>The model hears the codes and the SAE reads along, window by window.</summary>
    public async IAsyncEnumerable<ReadingEvent> ReadAsync(CodeGrid codes, string? prompt, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (codes.Frames < 1 || codes.Frames > ReadingQueue.MaxSeconds * Model.Codec.FrameRate)
            throw new UserException(FormattableString.Invariant($"{codes.Frames} frames cannot be read at once: give 1 to {ReadingQueue.MaxSeconds * Model.Codec.FrameRate:0}."));
        // As it was trained, so it is read.
        var text = SaeCompatibility.ReadsCaptions(this.sae.Value.Sae) ? prompt : null;
        var strips = new FiringStrips();
        foreach (var window in ReadingWindow.Plan(codes.Frames, WindowSettings.Of(Model.Config)))
        {
            yield return new ReadingEvent(ReadingEventType.Reading, Done: window.Start + window.Skip, Total: codes.Frames);
            await thread.Run(() => strips.Append(Model, this.sae.Value, codes, window, text), cancellation);
        }
        yield return new ReadingEvent(ReadingEventType.Done,
            Result: SoundActivations.Message(codes.Frames, Model.Codec.FrameRate, this.sae.Value.Index.Info.FirstColumn, strips.ByFeature));
    }

    public async ValueTask DisposeAsync() => await thread.Run(() =>
    {
        this.sae.Dispose();
        this.model.Dispose();
    }, CancellationToken.None);
}
