using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Web.Data;

/// <summary>Reads a Hugging Face MusicGen folder as far as the site must know it; the worker checks the rest when it loads it.</summary>
internal sealed class ModelReader : IFolderReader<CatalogModel>
{
    private const string Config = "config.json", Tokenizer = "tokenizer.json";

    public CatalogModel Blank(string id, string name, string path) => new() { Id = id, Name = name, Path = path };

    public CatalogModel Read(CatalogFolder folder, CatalogModel blank)
    {
        var file = Path.Combine(folder.Path, Config);
        if (!File.Exists(file)) throw new UserException($"{folder.Path} has no {Config}: it is no model's folder, or its download is incomplete. Fetch it again.");
        var root = JsonPlace.Open(file);
        if (root.Text("model_type") is not ("musicgen" or "musicgen_melody")) throw root.Wrong("model_type", "only \"musicgen\" and \"musicgen_melody\" can be read");
        var decoder = root.Object("decoder");
        var codec = root.Object("audio_encoder");
        var rate = codec.Count("sampling_rate");
        if (!File.Exists(Path.Combine(folder.Path, Tokenizer)))
            throw new UserException($"{folder.Path} has no {Tokenizer}: its download is incomplete. Fetch it again.");
        return blank with
        {
            Layers = decoder.Count("num_hidden_layers"),
            Width = decoder.Count("hidden_size"),
            Codebooks = decoder.Count("num_codebooks"),
            SampleRate = rate,
            FrameRate = (double)rate / codec.Counts("upsampling_ratios").Aggregate(1L, (product, ratio) => product * ratio),
            Parameters = WithTensors(folder.Path, tensors => tensors.Sum(pair => pair.Value.Entries[pair.Key].ElementCount)),
        };
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
