using System.CommandLine;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.MusicGen;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;

namespace SaeDashboard.Worker.Music;

/// <summary><c>encode</c>: a sound file to the codec's codes.</summary>
internal sealed class EncodeVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> audioOption = new("--audio") { Description = "Sound file: WAV of any kind, rate and channel count, everything else through ffmpeg", Required = true, HelpName = "sound" };
    private readonly Option<string> codesOption = new("--codes") { Description = "Where to write the codes, JSON [codebooks][frames]", Required = true, HelpName = "json" };

    public EncodeVerb() : base("encode", "Turns a sound file into codec codes.",
        "encode --model demo/model --audio song.wav --codes song.json")
    {
        Options.Add(modelOption);
        Options.Add(audioOption);
        Options.Add(codesOption);
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var codes = AudioInput.Codes(context.Get(audioOption), model, context);
        context.Progress.CloseLine();
        codes.WriteJson(context.Get(codesOption));
        var seconds = codes.Frames / model.Codec.FrameRate;
        return new VerbResult(
            new { codes = context.Get(codesOption), codebooks = codes.Codebooks, frames = codes.Frames, seconds },
            string.Create(CultureInfo.InvariantCulture, $"{context.Get(codesOption)}: {codes.Codebooks} codebooks × {codes.Frames} frames ({seconds:F2} s)"));
    }
}

/// <summary><c>decode</c>: codes (a file's, a preset's or a clip's) to a WAV file.</summary>
internal sealed class DecodeVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string?> codesOption = new("--codes") { Description = "Codes as JSON [codebooks][frames]", HelpName = "json" };
    private readonly Option<string?> presetOption = new("--preset") { Description = "A preset whose codes are played, instead of --codes", HelpName = "json" };
    private readonly Option<string> armOption = new Option<string>("--arm") { Description = "Which arm of the preset" }.Default(PresetArms.Steered);
    private readonly Option<string?> datasetOption = new("--dataset") { Description = "A dataset with --clip, instead of --codes", HelpName = "dir" };
    private readonly Option<string?> clipOption = new("--clip") { Description = "The clip's id", HelpName = "id" };
    private readonly Option<string> outOption = CommonOptions.Out("WAV file to write");
    private readonly Option<bool> floatOption = new("--float") { Description = "Write float32 samples (default: 16-bit PCM)" };

    public DecodeVerb() : base("decode", "Turns codec codes into a WAV file: a file's, a preset's, or a dataset clip's.",
        "decode --model demo/model --codes song.json --out song.wav")
    {
        Options.Add(modelOption);
        Options.Add(codesOption);
        Options.Add(presetOption);
        Options.Add(armOption);
        Options.Add(datasetOption);
        Options.Add(clipOption);
        Options.Add(outOption);
        Options.Add(floatOption);
        armOption.AcceptOnlyFromAmong(PresetArms.Baseline, PresetArms.Steered);
        Validators.Add(result =>
        {
            var sources = new Option[] { codesOption, presetOption, datasetOption }.Count(option => result.GetResult(option) is not null);
            if (sources != 1) result.AddError("Give one of --codes, --preset, or --dataset with --clip.");
            if (result.GetResult(datasetOption) is null != result.GetResult(clipOption) is null) result.AddError("--dataset and --clip belong together.");
        });
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var codes = ReadCodes(context, model);
        var samples = AudioOutput.Write(context.Get(outOption), codes, model, context.Get(floatOption) ? WavEncoding.Float32 : WavEncoding.Pcm16, context);
        var (sampleRate, channels) = (model.Codec.SampleRate, model.Config.Decoder.AudioChannels);
        var seconds = (double)samples / sampleRate;
        return new VerbResult(
            new { audio = context.Get(outOption), samples, channels, sampleRate, seconds },
            string.Create(CultureInfo.InvariantCulture, $"{context.Get(outOption)}: {seconds:F2} s at {sampleRate} Hz"));
    }

    private CodeGrid ReadCodes(VerbContext context, MusicGenModel model)
    {
        if (context.Find(codesOption) is { } file) return CodeGrid.ReadJson(file);
        if (context.Find(presetOption) is { } presetPath)
        {
            var preset = PresetFile.Read(presetPath);
            if (preset.Model.CodecHash != model.Codec.CodecHash)
                throw new UserException($"{presetPath} was made with another codec ({preset.Model.Name}, {preset.Model.CodecHash[..12]}…); decode it with that model, not {model.Folder}.");
            return PresetFile.Codes(preset, context.Get(armOption));
        }
        using var dataset = ClipDataset.Open(context.Find(datasetOption)!);
        var id = context.Find(clipOption)!;
        var clip = dataset.Clips.FirstOrDefault(clip => clip.Id == id)
            ?? throw new UserException($"{dataset.Folder} has no clip “{id}” (the first is “{dataset.Clips[0].Id}”).");
        return dataset.Codes(clip);
    }
}
