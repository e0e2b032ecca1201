using System.CommandLine;
using System.Globalization;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

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
