using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Web.Data;

/// <summary>Reads a Hugging Face MusicGen folder as far as the site must know it; the worker checks the rest when it loads it.</summary>
internal sealed class ModelReader : IFolderReader<CatalogModel>
{
    private const string Config = "config.json", Tokenizer = "tokenizer.json";

    // Far beyond any model there is; what is above is a damaged or hostile file, and would only be multiplied further.
    private const int MaxLayers = 1024, MaxWidth = 1 << 17, MaxSampleRate = 1_000_000;

    public CatalogModel Blank(string id, string name, string path) => new() { Id = id, Name = name, Path = path };

    public CatalogModel Read(CatalogFolder folder, CatalogModel blank)
    {
        var file = Path.Combine(folder.Path, Config);
        if (!File.Exists(file)) throw ForeignFolder.Without(folder.Path, Config);
        var root = JsonPlace.Open(file);
        if (root.Text("model_type") is not ("musicgen" or "musicgen_melody")) throw root.Wrong("model_type", "only \"musicgen\" and \"musicgen_melody\" can be read");
        var decoder = root.Object("decoder");
        var codec = root.Object("audio_encoder");
        var rate = codec.Count("sampling_rate", MaxSampleRate);
        if (!File.Exists(Path.Combine(folder.Path, Tokenizer)))
            throw ForeignFolder.Without(folder.Path, Tokenizer);
        return blank with
        {
            Layers = decoder.Count("num_hidden_layers", MaxLayers),
            Width = decoder.Count("hidden_size", MaxWidth),
            Codebooks = decoder.Count("num_codebooks", PresetLimits.MaxCodebooks),
            SampleRate = rate,
            FrameRate = FrameRate(codec, rate),
            Parameters = WithTensors(folder.Path, tensors => tensors.Sum(pair => pair.Value.Entries[pair.Key].ElementCount)),
        };
    }

    /// <summary>Codec frames a second, Hz: from 1 to what a preset may say.</summary>
    private static double FrameRate(JsonPlace codec, int rate)
    {
        var ratios = codec.Counts("upsampling_ratios");
        // As floating point: a product of absurd ratios must not wrap around to a plausible one.
        var frames = ratios.Aggregate((double)rate, (left, ratio) => left / ratio);
        return ratios.Count > 0 && frames is >= 1 and <= PresetLimits.MaxFrameRate
            ? frames
            : throw codec.Wrong("upsampling_ratios", FormattableString.Invariant($"sampling_rate ({rate}) divided by all of them must be 1 to {PresetLimits.MaxFrameRate} frames a second"));
    }

    public CatalogHashes Hash(CatalogFolder folder)
    {
        var codec = JsonPlace.Open(Path.Combine(folder.Path, Config)).Object("audio_encoder");
        codec.Count("dilation_growth_rate");
        return WithTensors(folder.Path, tensors => new CatalogHashes(
            WeightsHash.Of(tensors.Select(pair => (pair.Value, pair.Value.Entries[pair.Key]))), CodecHash.Of(Path.Combine(folder.Path, Config), codec.Value, tensors)));
    }

    public CatalogModel With(CatalogModel entry, CatalogHashes hashes) => entry with { Hash = hashes.Content, CodecHash = hashes.Codec };

    private static T WithTensors<T>(string folder, Func<SortedDictionary<string, SafetensorsFile>, T> read)
    {
        var files = new List<SafetensorsFile>();
        try
        {
            return read(CheckpointIndex.Open(folder, files));
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }
}
