using System.CommandLine;
using System.Globalization;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>encode</c>: a WAV file to the codec's codes.</summary>
internal sealed class EncodeVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> audioOption = new("--audio") { Description = "WAV file (any rate and channel count; it is brought to the model's)", Required = true, HelpName = "WAV" };
    private readonly Option<string> codesOption = new("--codes") { Description = "Where to write the codes, JSON [codebooks][frames]", Required = true, HelpName = "JSON" };

    public EncodeVerb() : base("encode", "Turns a WAV file into codec codes.")
    {
        Options.Add(modelOption);
        Options.Add(audioOption);
        Options.Add(codesOption);
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var codes = AudioInput.Codes(context.Get(audioOption), model, context.Progress);
        codes.WriteJson(context.Get(codesOption));
        var seconds = codes.Frames / model.Codec.FrameRate;
        return new VerbResult(
            new { codes = context.Get(codesOption), codebooks = codes.Codebooks, frames = codes.Frames, seconds },
            string.Create(CultureInfo.InvariantCulture, $"{context.Get(codesOption)}: {codes.Codebooks} codebooks × {codes.Frames} frames ({seconds:F2} s)"));
    }
}
