using System.CommandLine;
using System.Globalization;
using SaeDashboard.MusicGen;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

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
