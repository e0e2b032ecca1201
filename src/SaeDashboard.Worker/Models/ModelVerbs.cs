using System.CommandLine;
using System.Globalization;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Text;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Music;
using SaeDashboard.Worker.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Models;

/// <summary><c>info</c>: what a model folder holds, and what computes here.</summary>
internal sealed class InfoVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;

    public InfoVerb() : base("info", "Shows a model's sizes, parameters and hashes, and which libtorch computes with how many threads.",
        "info --model demo/model")
    {
        Options.Add(modelOption);
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var (text, audio, decoder) = (model.Config.TextEncoder, model.Config.AudioEncoder, model.Config.Decoder);
        var parameters = ParameterCounts.Of(model.Folder);
        var devices = ComputeDevice.All();
        var weightsHash = ModelLoading.Hash(model, context.Progress);
        var data = new
        {
            model = model.Folder,
            weightsHash,
            codecHash = model.Codec.CodecHash,
            textEncoder = new { layers = text.Layers, width = text.Width, vocabulary = text.VocabularySize, parameters = parameters.TextEncoder },
            decoder = new { layers = decoder.Layers, width = decoder.Width, heads = decoder.Heads, codebooks = decoder.Codebooks, channels = decoder.AudioChannels, vocabulary = decoder.VocabularySize, parameters = parameters.Decoder },
            codec = new { sampleRate = model.Codec.SampleRate, frameRate = model.Codec.FrameRate, codebooks = model.Codec.Codebooks, codes = audio.CodebookSize, parameters = parameters.Codec },
            melody = model.Config.Melody is { } m ? new { chroma = m.Chroma, frames = m.ChromaLength, seconds = m.ChromaLength * (double)m.HopLength / m.SamplingRate } : null,
            window = new { columns = model.Config.Generation.MaxColumns, seconds = (model.Config.Generation.MaxColumns - decoder.CodebooksPerChannel) / model.Codec.FrameRate },
            compute = new { device = model.Options.Device.ToString(), dtype = model.Options.TypeName, threads = TorchRuntime.Threads, libtorchCompiled = TorchRuntime.CompiledVersion, libtorchLoaded = TorchRuntime.LoadedVersion, libtorchFolder = TorchRuntime.Folder, blas = TorchRuntime.Blas, devices },
        };
        var lines = string.Create(CultureInfo.InvariantCulture, $"""
            {model.Folder}
              text encoder  {text.Layers} layers, width {text.Width}, {parameters.TextEncoder / 1e6:F2} M parameters
              decoder       {decoder.Layers} layers, width {decoder.Width}, {decoder.Heads} heads, {decoder.Codebooks} codebooks of {decoder.VocabularySize} codes{(decoder.AudioChannels > 1 ? " (stereo)" : "")}{(data.melody is null ? "" : ", follows melodies")}, {parameters.Decoder / 1e6:F2} M parameters
              codec         {model.Codec.SampleRate} Hz, {model.Codec.FrameRate:G} frames/s, {parameters.Codec / 1e6:F2} M parameters
              window        {data.window.columns} columns ({data.window.seconds:F2} s)
              weights       SHA-256 {weightsHash}
              codec's       SHA-256 {model.Codec.CodecHash}
              computes on   {model.Options.Device}, {model.Options.TypeName}, {TorchRuntime.Threads} threads; {TorchRuntime.Description} (compiled against {TorchRuntime.CompiledVersion}), {TorchRuntime.Blas}
              devices       {string.Join(", ", devices.Select(Describe))}
            """);
        return new VerbResult(data, lines);
    }

    private static string Describe(DeviceInfo device) => device.Id + (device.Name is null ? "" : string.Create(CultureInfo.InvariantCulture, $" ({device.Name}, {device.MemoryBytes / 1e9:F1} GB)"));
}

/// <summary><c>tokenize</c>: the ids a text becomes.</summary>
internal sealed class TokenizeVerb : Verb
{
    private readonly Option<string?> modelOption = new("--model") { Description = "Model folder whose tokenizer.json is used", HelpName = "dir" };
    private readonly Option<string?> tokenizerOption = new("--tokenizer") { Description = "A tokenizer.json, instead of --model", HelpName = "path" };
    private readonly Option<string?> textOption = new("--text") { HelpName = "text", Description = "One text" };
    private readonly Option<string?> fileOption = new("--file") { Description = "A JSON array of texts, instead of --text", HelpName = "path" };

    public TokenizeVerb() : base("tokenize", "Shows the token ids of a text, or of each text of a file.",
        "tokenize --model demo/model --text \"a calm piano\"")
    {
        Options.Add(modelOption);
        Options.Add(tokenizerOption);
        Options.Add(textOption);
        Options.Add(fileOption);
        Validators.Add(result =>
        {
            if (result.GetResult(modelOption) is null == result.GetResult(tokenizerOption) is null) result.AddError("Give either --model or --tokenizer.");
            if (result.GetResult(textOption) is null == result.GetResult(fileOption) is null) result.AddError("Give either --text or --file.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var path = context.Find(tokenizerOption) ?? Path.Combine(context.Find(modelOption)!, "tokenizer.json");
        using var tokenizer = T5Tokenizer.Load(path);
        if (context.Find(textOption) is { } text)
        {
            var ids = tokenizer.Encode(text);
            return new VerbResult(new { ids }, string.Join(' ', ids));
        }
        var all = JsonFile.Read<string[]>(context.Find(fileOption)!).Select(tokenizer.Encode).ToArray();
        return new VerbResult(new { ids = all }, string.Join('\n', all.Select(ids => string.Join(' ', ids))));
    }

}

/// <summary><c>trace</c>: what the decoder computes when it is fed given codes.</summary>
internal sealed class TraceVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> codesOption = new("--codes") { Description = "Codes as JSON [codebooks][frames]", Required = true, HelpName = "json" };
    private readonly Option<string?> promptOption = new("--prompt") { HelpName = "text", Description = "Prompt (without it: the null condition)" };
    private readonly Option<string?> melodyOption = new("--melody") { Description = "WAV file whose melody is followed (melody models only)", HelpName = "wav" };
    private readonly Option<string?> layersOption = new("--layers") { Description = "Layers to keep, for example 0,3 (default: all)", HelpName = "layers" };
    private readonly Option<string?> pointsOption = new("--points") { Description = $"Other points to keep, each under its name: layers.{{i}}.{string.Join('|', HookSite.LayerPoints)}, {HookSite.Embed}, {HookSite.FinalNorm}; for example layers.3.attn_out,embed", HelpName = "list" };
    private readonly Option<string> outOption = CommonOptions.Out("Safetensors file: resid_post.{i} [columns, width], points [columns, width], logits [codebooks, columns, vocabulary], text");

    public TraceVerb() : base("trace", "Feeds codes through the decoder (teacher forcing with BOS and delay) and keeps the residual stream and logits.",
        "trace --model demo/model --codes song.json --layers 0,3 --out trace.safetensors")
    {
        Options.Add(modelOption);
        Options.Add(codesOption);
        Options.Add(promptOption);
        Options.Add(melodyOption);
        Options.Add(layersOption);
        Options.Add(pointsOption);
        Options.Add(outOption);
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var layers = LayerList.Parse(context.Find(layersOption), model.Config.Decoder.Layers);
        var codes = CodeGrid.ReadJson(context.Get(codesOption));
        var melody = context.Find(melodyOption) is { } tune ? AudioInput.Melody(tune, model, context) : null;
        HookSite[] points = context.Find(pointsOption) is { } list ? [.. list.Split(',', StringSplitOptions.TrimEntries).Select(HookSite.Parse).Distinct()] : [];
        using var trace = new TeacherForcing(model).Trace(codes, context.Find(promptOption), layers, points, melody);
        var writer = new SafetensorsWriter();
        foreach (var (layer, residual) in trace.Residuals) Add($"resid_post.{layer}", residual);
        foreach (var (point, values) in trace.Points) Add(point.ToString(), values);
        Add("logits", trace.Logits);
        if (trace.Text is { } text) Add("text", text);
        writer.Save(context.Get(outOption));
        var columns = trace.Logits.shape[1];
        return new VerbResult(new { output = context.Get(outOption), columns, layers, points = points.Select(point => point.ToString()) }, $"{context.Get(outOption)}: {columns} columns, layers {string.Join(", ", layers)}, {string.Concat(points.Select(point => $"{point}, "))}logits");

        void Add(string name, Tensor tensor) => writer.Add(name, TensorData.ToArray(tensor), tensor.shape);
    }
}
