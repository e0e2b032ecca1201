using System.CommandLine;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Melody;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Serving;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Music;

/// <summary><c>generate</c>: music from a prompt, with features turned up or down if asked.</summary>
internal sealed class GenerateVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string?> promptOption = new("--prompt") { HelpName = "text", Description = "What to play (without it: the null condition)" };
    private readonly Option<double> secondsOption = new Option<double>("--seconds") { HelpName = "seconds", Description = "Length, a continued prompt included" }.Default(10.24).Between(0.02, 3600);
    private readonly Option<double?> strideOption = new Option<double?>("--stride") { HelpName = "seconds", Description = "Beyond the model's window: seconds from one window to the next, each continuing from the end of the one before (default: 0.6 of a window, which is 15/16 of what the model was trained on)" };
    private readonly Option<string?> continueOption = new("--continue") { Description = "Sound file to continue (WAV; everything else through ffmpeg)", HelpName = "sound" };
    private readonly Option<string?> continueCodesOption = new("--continue-codes") { Description = "Codes to continue, JSON [codebooks][frames]: kept as they are, which a sound file encoded again is not", HelpName = "json" };
    private readonly Option<double?> continueLastOption = new("--continue-last") { Description = "Continue from this many of its last seconds only; the piece begins with them", HelpName = "seconds" };
    private readonly Option<string?> melodyOption = new("--melody") { Description = "Sound file whose melody is followed (melody models only)", HelpName = "sound" };
    private readonly Option<double> guidanceOption = new Option<double>("--guidance") { HelpName = "scale", Description = "Classifier-free guidance; 1 is off" }.Default(3.0).Between(0.0, 100.0);
    private readonly Option<double> temperatureOption = new Option<double>("--temperature") { HelpName = "temperature", Description = "Sampling temperature" }.Default(1.0).Between(0.01, 100.0);
    private readonly Option<int> topKOption = new Option<int>("--top-k") { HelpName = "count", Description = "Keep the k likeliest codes; 0 keeps all" }.Default(250).Between(0, 1_000_000);
    private readonly Option<double> topPOption = new Option<double>("--top-p") { HelpName = "probability", Description = "Keep the likeliest codes of this total probability" }.Default(1.0).Between(0.000001, 1.0);
    private readonly Option<bool> greedyOption = new("--greedy") { Description = "Greedy decoding: always the likeliest code" };
    private readonly Option<ulong> seedOption = new Option<ulong>("--seed") { HelpName = "seed", Description = "Seed; the same seed gives the same music on one machine" }.Default(0UL);
    private readonly Option<int> batchOption = new Option<int>("--batch") { HelpName = "count", Description = "How many pieces; above 1 they are written as x.0.wav, x.1.wav …" }.Default(1).Between(1, PresetLimits.MaxBatch);
    private readonly Option<int?> pieceOption = new("--piece") { Description = "Only piece N of a batch, counted from 0: the same as it is among the others", HelpName = "index" };
    private readonly Option<string[]> steerOption = new("--steer") { Description = "Turn a feature: SAE_FOLDER:FEATURE=STRENGTH, strength in multiples of its p99; may be repeated", HelpName = "sae:feature=strength" };
    private readonly EnumOption<SteerMode> modeOption = new("--steer-mode", SteerMode.Add) { Description = "add: strength·p99·direction; clamp: hold the feature at strength·p99; at-least: raise it to that where it is lower; scale: times strength; ablate: to 0" };
    private readonly EnumOption<SteerRows> rowsOption = new("--steer-rows", SteerRows.Both) { Description = "Which half of the guidance pair is steered" };
    private readonly Option<string?> takeOption = new("--take") { Description = "Generate a take again from its take.json, a preset, or a WAV file downloaded of either: its settings, envelopes, conditions, moves, controls, and what it continues or follows. Only --model, --sae, --arm, --out and --codes go with it", HelpName = "file" };
    private readonly Option<string[]> saeOption = new("--sae") { Description = "Folder of an SAE that --take names by the hash of its weights, as presets and WAV files do; may be repeated", HelpName = "dir" };
    private readonly Option<string> armOption = new Option<string>("--arm") { Description = "Which arm of the take is written: " + string.Join(", ", TakeArms.All.Select(arm => $"{arm} ({TakeArms.Word(arm)})")), HelpName = "letter" }.Default(TakeArms.Steered);
    private readonly Option<string?> baselineOption = new("--baseline") { Description = "Also write the same piece without steering (same noise, same batch)", HelpName = "wav" };
    private readonly Option<string?> presetOption = new("--preset") { Description = "Also write a steering preset with both arms' codes", HelpName = "json" };
    private readonly Option<string> nameOption = new Option<string>("--name") { HelpName = "text", Description = "The preset's name" }.Default("Untitled");
    private readonly Option<string> descriptionOption = new Option<string>("--description") { HelpName = "text", Description = "The preset's description" }.Default("");
    private readonly Option<string> outOption = CommonOptions.Out("WAV file to write");
    private readonly Option<string?> codesOption = new("--codes") { Description = "Also write the codes as JSON [codebooks][frames]", HelpName = "json" };

    public GenerateVerb() : base("generate", "Makes music, steered by features if asked.",
        "generate --model demo/model --prompt \"a calm piano\" --seconds 5 --out piano.wav",
        "generate --model demo/model --steer demo/sae:12=2 --steer-mode at-least --baseline plain.wav --out steered.wav",
        "generate --model demo/model --take data/takes/ID/take.json --out again.wav",
        "generate --model demo/model --take demo/presets/taiko.json --sae demo/sae --out taiko.wav")
    {
        Option[] all = [modelOption, promptOption, secondsOption, strideOption, continueOption, continueCodesOption, continueLastOption, melodyOption, guidanceOption, temperatureOption, topKOption, topPOption, greedyOption, seedOption, batchOption, pieceOption, steerOption, modeOption, rowsOption, takeOption, saeOption, armOption, baselineOption, presetOption, nameOption, descriptionOption, outOption, codesOption];
        foreach (var option in all) Options.Add(option);
        strideOption.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } stride && !(stride is >= 0.02 and <= 3600)) result.AddError("--stride: from 0.02 to 3600 seconds.");
        });
        continueLastOption.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } last && !(last is >= 0.02 and <= 3600)) result.AddError("--continue-last: from 0.02 to 3600 seconds.");
        });
        pieceOption.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } piece && piece is < 0 or >= PresetLimits.MaxBatch) result.AddError($"--piece: from 0 to {PresetLimits.MaxBatch - 1}.");
        });
        steerOption.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => SteerArgument.Parse(token.Value) is null))
                result.AddError($"--steer {token.Value}: write SAE_FOLDER:FEATURE=STRENGTH, for example demo/sae:12=2.");
        });
        armOption.AcceptOnlyFromAmong([.. TakeArms.All]);
        Validators.Add(result =>
        {
            bool Given(Option option) => result.GetResult(option) is { Implicit: false };
            if (Given(armOption) && !Given(takeOption)) result.AddError("--arm chooses an arm of a take: give --take too.");
            if (Given(saeOption) && !Given(takeOption)) result.AddError("--sae names an SAE of a take: give --take too, or --steer SAE_FOLDER:FEATURE=STRENGTH.");
            Option[] withTake = [modelOption, takeOption, saeOption, armOption, outOption, codesOption];
            if (Given(takeOption) && all.FirstOrDefault(option => Given(option) && !withTake.Contains(option)) is { } extra)
                result.AddError($"{extra.Name} does not go with --take, whose file has every setting: leave one out.");
            if (Given(continueOption) && Given(continueCodesOption)) result.AddError("Give --continue or --continue-codes, not both.");
            if (Given(continueLastOption) && !Given(continueOption) && !Given(continueCodesOption)) result.AddError("--continue-last goes with --continue or --continue-codes.");
            if (Given(pieceOption) && Given(batchOption)) result.AddError("--piece makes one piece of a batch: leave --batch out.");
            if (result.GetResult(steerOption) is not null) return;
            if (result.GetResult(baselineOption) is not null) result.AddError("--baseline compares with a steered piece: give --steer too.");
            if (result.GetResult(presetOption) is not null) result.AddError("--preset keeps a steering: give --steer too.");
        });
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        using var session = new SteeringSession(model);
        if (context.Find(takeOption) is { } take) return new TakeAgain(model, session, context).Make(take, context.Find(saeOption) ?? [], context.Get(armOption), context.Get(outOption), context.Find(codesOption));
        var steers = (context.Find(steerOption) ?? []).Select(text => SteerArgument.Parse(text)!).ToArray();
        var hooks = session.Hooks(steers, context.Get(modeOption), context.Get(rowsOption), guided: (context.Find(promptOption) ?? context.Find(melodyOption)) is not null && context.Get(guidanceOption) > 1);
        foreach (var note in session.Notes) context.Progress.Note(note);
        var withBaseline = context.Find(baselineOption) is not null || context.Find(presetOption) is not null;
        var (continued, keptSound) = Continued(context, model);
        var (melody, keptMelody) = Followed(context, model);
        var frames = Frames(context.Get(secondsOption), model, continued, context.Find(continueOption) ?? context.Find(continueCodesOption));
        var windows = Windows(context.Get(strideOption), model);

        var batch = context.Get(batchOption);
        var rows = new List<GenerationRow>();
        var first = context.Find(pieceOption) ?? 0;
        for (var sample = first; sample < first + batch; sample++)
        {
            rows.Add(Row(context, sample, continued, melody, hooks));
            if (withBaseline) rows.Add(Row(context, sample, continued, melody, []));
        }
        var draft = context.Find(presetOption) is null ? null : PresetWriting.Draft(
            context.Get(nameOption), context.Get(descriptionOption), rows[0], frames, windows, steers, context.Get(modeOption), context.Get(rowsOption), keptSound, keptMelody, session, model);
        var codes = Make(model, rows, frames, windows, context);
        context.Progress.CloseLine();

        var arms = withBaseline ? 2 : 1;
        for (var sample = 0; sample < batch; sample++)
        {
            WriteWave(Numbered(context.Get(outOption), sample, batch), codes[sample * arms], model, context);
            if (context.Find(baselineOption) is { } baseline) WriteWave(Numbered(baseline, sample, batch), codes[sample * arms + 1], model, context);
            if (context.Find(codesOption) is { } json) codes[sample * arms].WriteJson(Numbered(json, sample, batch));
        }
        if (context.Find(presetOption) is { } preset) PresetWriting.Write(preset, draft!, steered: codes[0], baseline: codes[1]);
        context.Progress.CloseLine();
        var seconds = frames / model.Codec.FrameRate;
        return new VerbResult(
            new { audio = context.Get(outOption), pieces = batch, frames, seconds, seed = context.Get(seedOption), hookCalls = hooks.Sum(hook => hook.Calls) },
            string.Create(CultureInfo.InvariantCulture, $"{context.Get(outOption)}: {batch} × {seconds:F2} s, seed {context.Get(seedOption)}"));
    }

    private GenerationRow Row(VerbContext context, int sample, CodeGrid? continued, MelodyChroma? melody, IReadOnlyList<IHook> hooks) => new()
    {
        Prompt = context.Find(promptOption),
        Seed = context.Get(seedOption),
        Sample = sample,
        Sampling = new SamplingSettings(context.Get(guidanceOption), context.Get(temperatureOption), context.Get(topKOption), context.Get(topPOption), context.Get(greedyOption)),
        Hooks = hooks,
        Continue = continued,
        Melody = melody,
    };

    /// <summary>The codes to continue, and what a preset keeps of them.</summary>
    private (CodeGrid? Codes, TakeSound? Kept) Continued(VerbContext context, MusicGenModel model)
    {
        var last = context.Find(continueLastOption);
        var rate = model.Codec.FrameRate;
        if (context.Find(continueOption) is { } sound)
        {
            var encoded = AudioInput.Codes(sound, model, context, last, out var start);
            return (encoded, TakeSounds.Of(sound, start, encoded, rate));
        }
        if (context.Find(continueCodesOption) is not { } path) return (null, null);
        var codes = CodeGrid.ReadJson(path);
        if (codes.Frames == 0) throw new UserException($"{path} holds no frame: there is nothing to continue.");
        new DelayPattern(model.Config.Decoder).Check(codes);
        var kept = last is { } seconds ? Math.Min(codes.Frames, Math.Max(1, (int)Math.Round(seconds * rate))) : codes.Frames;
        var part = codes.Slice(codes.Frames - kept, kept);
        return (part, TakeSounds.Of(path, (codes.Frames - kept) / rate, part, rate));
    }

    /// <summary>The melody to follow, and what a preset keeps of it.</summary>
    private (MelodyChroma? Melody, TakeSound? Kept) Followed(VerbContext context, MusicGenModel model)
    {
        if (context.Find(melodyOption) is not { } tune) return (null, null);
        var melody = AudioInput.Melody(tune, model, context, out var seconds);
        return (melody, TakeSounds.Of(tune, seconds, melody));
    }

    private static int Frames(double seconds, MusicGenModel model, CodeGrid? continued, string? given)
    {
        var frames = Math.Max(1, (int)Math.Round(seconds * model.Codec.FrameRate));
        if (continued is not null && continued.Frames >= frames)
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{given} is already {continued.Frames / model.Codec.FrameRate:F2} s long: ask for more --seconds than that."));
        return frames;
    }

    private static IReadOnlyList<CodeGrid> Make(MusicGenModel model, IReadOnlyList<GenerationRow> rows, int frames, WindowSettings windows, VerbContext context)
    {
        using var run = new Generator(model).Start(rows, frames, windows);
        while (!run.IsDone)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            run.Advance();
            context.Progress.Report("Generating", run.Column, run.Columns, "columns");
        }
        return run.Codes;
    }

    private static WindowSettings Windows(double? stride, MusicGenModel model)
    {
        var windows = WindowSettings.Of(model.Config);
        if (stride is not { } seconds) return windows;
        var frames = Math.Max(1, (int)Math.Round(seconds * model.Codec.FrameRate));
        // A stride that leaves no room in the usual window takes the longest.
        if (frames >= windows.Frames) windows = WindowSettings.Of(model.Config, windows.Longest, frames);
        if (frames >= windows.Frames)
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"--stride {seconds}: {frames} frames are not less than this model's window of {windows.Frames} ({windows.Frames / model.Codec.FrameRate:F2} s), so no window would continue the one before. Give less."));
        return windows with { Stride = frames };
    }

    private static void WriteWave(string path, CodeGrid codes, MusicGenModel model, VerbContext context) =>
        AudioOutput.Write(path, codes, model, WavEncoding.Pcm16, context);

    private static string Numbered(string path, int sample, int batch) => batch == 1
        ? path
        : Path.Combine(Path.GetDirectoryName(path) ?? "", FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(path)}.{sample}{Path.GetExtension(path)}"));
}
