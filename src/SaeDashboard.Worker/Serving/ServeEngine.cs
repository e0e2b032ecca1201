using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Serving;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Worker.Serving;

/// <summary>What <c>serve</c> can do: one tensor thread, what it holds, and the queue of takes. From any thread.</summary>
internal sealed class ServeEngine : IAsyncDisposable
{
    // Ten minutes at 50 frames a second: the answer is one piece.
    private const int MaxDecodedFrames = 30_000;

    private readonly ServeOptions options;
    private readonly Action<string> log;
    private readonly string build = BuildId.Of(AppContext.BaseDirectory);
    private readonly IReadOnlyList<DeviceInfo> devices = ComputeDevice.All();
    private readonly TensorThread thread = new("tensors");
    private readonly ModelCache cache;
    private volatile bool isReady;
    private volatile string? problem;

    public ServeEngine(ServeOptions options, TimeProvider clock, Action<string> log)
    {
        (this.options, this.log) = (options, log);
        var roots = new AllowedRoots(options.Roots);
        cache = new ModelCache(roots, options.Compute ?? new ModelOptions());
        Readings = new ReadingQueue(cache, thread, roots);
        Queue = new GenerationQueue(Path.Combine(options.DataRoot, "takes"), cache, thread, clock, log);
    }

    public GenerationQueue Queue { get; }

    public ReadingQueue Readings { get; }

    /// <summary>Loads what should be there from the start, and runs everything once: the first take must not wait for the compiler.</summary>
    public async Task Prepare()
    {
        try
        {
            await thread.Run(() =>
            {
                foreach (var sae in this.options.Saes) cache.UseSae(sae).Dispose();
                if (this.options.Model is { } model) WarmUp(model);
            });
        }
        catch (UserException missing)
        {
            problem = missing.Message;
            log(missing.Message);
        }
        isReady = true;
    }

    public ServeHealth Health() => new(
        isReady && cache.Loading is null ? ServeLoadState.Ready : ServeLoadState.Loading, build, Environment.ProcessId, this.options.DataRoot,
        cache.Model, cache.Saes, Queue.Count, cache.Loading, problem, devices);

    public Task LoadModel(string path) => thread.Run(() => cache.UseModel(path).Dispose());

    public Task LoadSae(string path) => thread.Run(() => cache.UseSae(path).Dispose());

    public Task<bool> ForgetSae(string path) => thread.Run(() => cache.ForgetSae(path));

    /// <summary>A WAV file's bytes.</summary>
    public Task<byte[]> Decode(DecodeRequest request, CancellationToken cancellation)
    {
        var codes = ReadingQueue.Codes(request.Codes, request.Codebooks);
        if (codes.Frames > MaxDecodedFrames) throw new UserException($"{codes.Frames} frames are more than can be decoded at once ({MaxDecodedFrames}).");
        return thread.Run(() =>
        {
            using var model = cache.UseModel(request.Model);
            return WavFile.ToBytes(new Waveform(Sound(model.Value, codes), model.Value.Codec.SampleRate), WavEncoding.Pcm16);
        }, cancellation);
    }

    // Codes of a model with one channel or two and the same codec are decoded too: a preset plays wherever its codec is.
    private static float[][] Sound(MusicGenModel model, CodeGrid codes)
    {
        var channels = codes.Codebooks / model.Codec.Codebooks;
        if (codes.Codebooks == model.Config.Decoder.Codebooks || channels is not (1 or 2) || codes.Codebooks % model.Codec.Codebooks != 0) return model.DecodeSound(codes);
        return [.. Enumerable.Range(0, channels).Select(channel => model.Codec.Decode(MusicGenModel.ChannelCodes(codes, channel, channels)))];
    }

    public Task<IReadOnlyList<FiringFeature>> Features(FeaturesRequest request, CancellationToken cancellation)
    {
        var codes = ReadingQueue.Codes(request.Codes, request.Codebooks);
        return thread.Run(() =>
        {
            using var model = cache.UseModel(request.Model);
            using var sae = cache.UseSae(request.Sae);
            return FiringSearch.Find(model.Value, sae.Value, codes, Math.Clamp(request.Top, 1, 1000), request.Features);
        }, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Queue.CloseAsync();
        await thread.Run(cache.Dispose);
        thread.Dispose();
    }

    private void WarmUp(string path)
    {
        using var model = cache.UseModel(path);
        using var sae = this.options.Saes.Count > 0 ? cache.UseSae(this.options.Saes[0]) : null;
        // Settings as the site has them: both arms, guidance, and a turned feature.
        var loudest = sae is null ? -1 : Enumerable.Range(0, sae.Value.Index.Info.Features).MaxBy(feature => sae.Value.Index[feature].P99);
        var settings = new TakeSettings
        {
            ModelPath = path,
            SaePath = sae?.Value.Folder,
            Prompt = "piano",
            Seed = 0,
            Frames = 24,
            Steers = sae is null ? [] : [new TakeSteer(loudest, 1, SteerMode.Add.Name(), sae.Value.Index[loudest].P99)],
        };
        using var plan = TakePlan.Make(settings, model.Value, _ => sae!.Value);
        using var run = new Generator(model.Value).Start(plan.Rows, settings.Frames);
        // One channel: the others run the same code.
        using var stream = model.Value.Codec.NewStream(new StreamSettings(Channels: model.Value.Config.Decoder.AudioChannels));
        while (!run.IsDone)
        {
            run.Advance();
            if (run.FinalFrames is 12 or 24) stream.Decode(run.Codes[0], run.FinalFrames);
        }
        model.Value.DecodeSound(run.Codes[0]);
    }
}
