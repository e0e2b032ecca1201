using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Serving;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Music;

/// <summary>Generates an arm of a take again from its file alone: nothing of its codes or sound is read.</summary>
internal sealed class TakeAgain(MusicGenModel model, SteeringSession session, VerbContext context)
{
    /// <param name="path">take.json, a preset, or a WAV file of either.</param>
    /// <param name="saes">Folders of the SAEs that a preset or a WAV file names by their hashes.</param>
    /// <param name="arm">The arm that is written; it need not be one of the take's.</param>
    /// <param name="wav">The WAV file to write.</param>
    /// <param name="json">The codes' file to write; null: none.</param>
    /// <exception cref="UserException">The file is damaged or of another model, or an SAE is missing or has other weights.</exception>
    public VerbResult Make(string path, IReadOnlyList<string> saes, string arm, string wav, string? json)
    {
        var (take, name) = TakeFile.Read(path, session, saes);
        if (take.ModelHash is { } hash && hash != model.WeightsHash)
            throw new UserException($"{path} was generated with another model (SHA-256 {hash}; {model.Folder} has {model.WeightsHash}): name that one with --model.");
        var settings = take.Settings with { Arms = [arm] };
        TakePlan.Check(settings);
        foreach (var sae in take.Saes ?? (take is { SaeHash: { } only, Settings.SaePath: { } folder } ? [new TakeSae(folder, only, take.Hook ?? "")] : []))
        {
            var there = session.Load(sae.Path);
            if (there.Sae.WeightsHash != sae.WeightsHash) throw new UserException($"{sae.Path} has other weights than when {path} was generated (SHA-256 {sae.WeightsHash}; it has {there.Sae.WeightsHash} now).");
        }
        settings = TakeSounds.Resolve(TakePlan.Resolve(settings, session.Load), model, Path.GetFullPath);
        using var plan = TakePlan.Make(settings, model, session.Load);
        using var run = new Generator(model).Start(plan.Rows, settings.Frames, TakePlan.Windows(settings, model));
        // In the same pieces and blocks as the take was: they decide the rounding of its samples.
        var streams = TakeGenerator.Streams(model, settings.Live is { } live ? new StreamSettings(Block: live.Block) : new StreamSettings());
        try
        {
            var (sound, fed, chunk) = (streams.Select(_ => new List<float>()).ToArray(), 0, TakeGenerator.ChunkFrames(settings));
            while (!run.IsDone)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                run.Advance();
                context.Progress.Report("Generating", run.Column, run.Columns, "columns");
                if ((run.EndedAt(0) ?? plan.Arms[0].Watch.Column) is { } column) throw new UserException($"The arm {arm} ended at column {column}: steering this strong breaks the model.");
                if (run.FinalFrames <= fed || (!run.IsDone && run.FinalFrames - fed < chunk)) continue;
                fed = run.FinalFrames;
                foreach (var (channel, stream) in streams.Index()) sound[channel].AddRange(stream.Decode(run.Codes[0], fed));
            }
            context.Progress.CloseLine();
            WavFile.Write(wav, new Waveform([.. sound.Select(channel => channel.ToArray())], model.Codec.SampleRate), WavEncoding.Pcm16);
        }
        finally
        {
            foreach (var stream in streams) stream.Dispose();
        }
        if (json is not null) run.Codes[0].WriteJson(json);
        var seconds = settings.Frames / model.Codec.FrameRate;
        return new VerbResult(
            new { audio = wav, take = take.Id, arm, frames = settings.Frames, seconds, seed = settings.Seed, hookCalls = plan.HookCalls },
            string.Create(CultureInfo.InvariantCulture, $"{wav}: {seconds:F2} s, the {TakeArms.Word(arm)} arm of {name}, generated again"));
    }
}
