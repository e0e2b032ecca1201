using System.CommandLine;
using System.Globalization;
using System.Text;
using SaeDashboard.Clap;
using SaeDashboard.MusicGen;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;

namespace SaeDashboard.Worker.Clap;

/// <summary>The options that verbs with a CLAP model share.</summary>
internal sealed class ClapOptions
{
    private readonly Option<string> modelOption = new("--model") { Description = "CLAP folder (Hugging Face ClapModel, unfused, such as laion/clap-htsat-unfused: config.json, preprocessor_config.json, tokenizer.json, model.safetensors)", Required = true, HelpName = "dir" };
    private readonly Option<string?> deviceOption;

    /// <param name="verb">The verb.</param>
    /// <param name="parts">What of the verb's work stays on the CPU, for the help.</param>
    public ClapOptions(Command verb, string parts = "")
    {
        deviceOption = CommonOptions.Device(otherwise: parts);
        verb.Options.Add(modelOption);
        verb.Options.Add(deviceOption);
    }

    /// <summary>Loads the model, with progress.</summary>
    /// <exception cref="Core.UserException">The folder or the device cannot be used.</exception>
    public ClapModel Load(VerbContext context) => ClapModel.Load(context.Get(modelOption), ComputeDevice.Parse(context.Get(deviceOption)!), ModelLoading.Megabytes("Loading CLAP", context.Progress));
}

/// <summary><c>clap</c>: how near sounds and texts are to each other, by a CLAP model.</summary>
internal sealed class ClapVerb : Verb
{
    private readonly ClapOptions clap;
    private readonly Option<string[]> audioOption = new("--audio") { Description = "Sound files: WAV of any kind, rate and channel count, everything else through ffmpeg", Required = true, HelpName = "sound", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> textOption = new("--text") { Description = "Texts", Required = true, HelpName = "text", AllowMultipleArgumentsPerToken = true };

    public ClapVerb() : base("clap", "Compares sounds with texts: the cosine of their embeddings by a CLAP model.",
        "clap --model data/clap --audio a.wav b.wav --text \"taiko drums\" \"solo harpsichord\"")
    {
        clap = new ClapOptions(this);
        Options.Add(audioOption);
        Options.Add(textOption);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = clap.Load(context);
        var texts = context.Get(textOption);
        var embeddings = texts.Select(model.EmbedText).ToArray();
        var sounds = new List<HeardSound>();
        foreach (var path in context.Get(audioOption))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            sounds.Add(HeardSound.Of(path, model, context));
            if (sounds[^1].Windows > 1)
                context.Progress.Note(string.Create(CultureInfo.InvariantCulture, $"{path}: {sounds[^1].Seconds:F1} s, heard in {sounds[^1].Windows} windows of {model.Config.Sound.Seconds:G} s."));
        }
        var cosines = sounds.Select(sound => embeddings.Select(text => Cosine(sound.Embedding, text)).ToArray()).ToArray();
        return new VerbResult(
            new { model = model.Folder, texts, sounds = sounds.Select(sound => new { file = sound.File, seconds = sound.Seconds, windows = sound.Windows }), cosines },
            Table(texts, sounds, cosines));
    }

    internal static double Cosine(float[] a, float[] b)
    {
        var product = 0.0;
        for (var index = 0; index < a.Length; index++) product += (double)a[index] * b[index];
        return product;
    }

    /// <summary>A row for each sound and a column for each text; the texts follow, numbered as the columns are.</summary>
    private static string Table(string[] texts, List<HeardSound> sounds, double[][] cosines)
    {
        var lines = new StringBuilder();
        lines.AppendLine(string.Concat(texts.Select((_, number) => string.Create(CultureInfo.InvariantCulture, $"{number + 1,7}"))));
        foreach (var (sound, row) in sounds.Zip(cosines))
            lines.AppendLine(string.Concat(row.Select(cosine => string.Create(CultureInfo.InvariantCulture, $"{cosine,7:F3}"))) + "  " + sound.File);
        lines.Append("cosine with: ");
        lines.AppendJoin("; ", texts.Select((text, number) => string.Create(CultureInfo.InvariantCulture, $"{number + 1} {text}")));
        return lines.ToString();
    }
}
