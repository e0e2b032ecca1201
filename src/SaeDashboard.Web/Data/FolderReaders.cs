using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Web.Data;

/// <summary>Reads a Hugging Face MusicGen folder as far as the site must know it; the worker checks the rest when it loads it.</summary>
internal sealed class ModelReader : IFolderReader<CatalogModel>
{
    private const string Config = "config.json", Tokenizer = "tokenizer.json";

    // Far beyond any model there is; what is above is a damaged or hostile file, and would only be multiplied further.
    private const int MaxLayers = 1024, MaxWidth = 1 << 17, MaxSampleRate = 1_000_000, MaxChannels = 2;

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
            Channels = decoder.Value.TryGetProperty("audio_channels", out _) ? decoder.Count("audio_channels", MaxChannels) : 1,
            FollowsMelody = root.Text("model_type") == "musicgen_melody",
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

/// <summary>Reads one kind of folder.</summary>
internal interface IFolderReader<T> where T : CatalogEntry
{
    /// <summary>What the folder says of itself; quick. State, hashes and size are filled in by the catalog.</summary>
    /// <exception cref="UserException">It cannot be used.</exception>
    T Read(CatalogFolder folder, T blank);

    /// <summary>Reads all of it; slow for large models.</summary>
    /// <exception cref="UserException">It cannot be read.</exception>
    CatalogHashes Hash(CatalogFolder folder);

    /// <summary>The entry with its hashes.</summary>
    T With(T entry, CatalogHashes hashes);

    /// <summary>An entry of which only name and place are known.</summary>
    T Blank(string id, string name, string path);
}

/// <summary>Reads a dataset's folder.</summary>
internal sealed class DatasetReader : IFolderReader<CatalogDataset>
{
    private const double SecondsAnHour = 3600;

    public CatalogDataset Blank(string id, string name, string path) => new() { Id = id, Name = name, Path = path };

    public CatalogDataset Read(CatalogFolder folder, CatalogDataset blank)
    {
        using var dataset = ClipDataset.Open(folder.Path);
        return blank with
        {
            Clips = dataset.Clips.Count,
            Hours = dataset.Clips.Sum(clip => clip.Seconds) / SecondsAnHour,
            Codebooks = dataset.Codebooks,
            Frames = dataset.Frames,
            Splits = dataset.Clips.CountBy(clip => clip.Split).ToDictionary(),
        };
    }

    public CatalogHashes Hash(CatalogFolder folder)
    {
        using var dataset = ClipDataset.Open(folder.Path);
        return new CatalogHashes(dataset.Hash);
    }

    public CatalogDataset With(CatalogDataset entry, CatalogHashes hashes) => entry with { Hash = hashes.Content };
}

/// <summary>Reads an SAE folder of any library's format and its feature index.</summary>
internal sealed class SaeReader : IFolderReader<CatalogSae>
{
    public CatalogSae Blank(string id, string name, string path) => new() { Id = id, Name = name, Path = path };

    public CatalogSae Read(CatalogFolder folder, CatalogSae blank)
    {
        var (format, config) = SaeFolders.Inspect(folder.Path);
        var (index, problem) = Index(folder.Path, config);
        return blank with
        {
            Format = format.Title(),
            Architecture = config.Architecture.Name(),
            Latents = config.DSae,
            Width = config.DIn,
            K = config.K,
            Hook = config.Metadata.Hook?.ToString() ?? config.Metadata.HookName ?? index?.Hook ?? "",
            Notes = config.Notes,
            ExplainedVariance = (config.Metadata.Training as JsonObject)?["heldOut"] is JsonObject heldOut && heldOut["explainedVariance"] is JsonValue value && value.TryGetValue(out double explained) && double.IsFinite(explained) ? explained : null,
            ModelHash = config.Metadata.ModelHash ?? index?.ModelHash,
            DatasetHash = index?.DatasetHash ?? config.Metadata.DatasetHash,
            HasIndex = index is not null,
            IndexProblem = problem,
            Problem = SaeFolders.HookProblem(folder.Path, config),
        };
    }

    public CatalogHashes Hash(CatalogFolder folder) => new(SaeFolders.WeightsHash(folder.Path));

    public CatalogSae With(CatalogSae entry, CatalogHashes hashes)
    {
        entry = entry with { Hash = hashes.Content };
        if (!entry.HasIndex) return entry;
        var indexed = JsonFile.Read<FeatureIndexInfo>(Path.Combine(entry.Path, "index", "index.json")).SaeHash;
        return indexed == hashes.Content ? entry : entry with
        {
            HasIndex = false,
            IndexProblem = $"{Path.Combine(entry.Path, "index")} was made for other weights ({indexed[..Math.Min(12, indexed.Length)]}…). Index it again.",
        };
    }

    private static (FeatureIndexInfo? Info, string? Problem) Index(string folder, SaeConfig config)
    {
        // Of an SAE of no place there is nothing to index.
        if (SaeFolders.HookProblem(folder, config) is not null) return (null, null);
        var path = Path.Combine(folder, "index");
        if (!Directory.Exists(path)) return (null, $"{folder} has no feature index yet. A run makes one in its last stage; the verb index makes one at any time.");
        try
        {
            using var index = FeatureIndex.Open(path);
            var problem = index.Info.Features != config.DSae ? $"{path} has {index.Info.Features} features; the SAE has {config.DSae}. Index it again."
                : SaeFolders.IndexProblem(folder, config, index.Info.Hook);
            return problem is null ? (index.Info, null) : (null, problem);
        }
        catch (UserException error)
        {
            return (null, error.Message);
        }
    }
}

/// <summary>Members of a JSON file; errors name the file and the member.</summary>
internal readonly record struct JsonPlace(string File, string Name, JsonElement Value)
{
    /// <exception cref="UserException">The file is missing, or holds no object.</exception>
    public static JsonPlace Open(string file)
    {
        var root = JsonFile.Read<JsonElement>(file);
        return root.ValueKind == JsonValueKind.Object ? new JsonPlace(file, "", root) : throw new UserException($"{file}: expected a JSON object.");
    }

    public JsonPlace Object(string name) => Find(name) is { ValueKind: JsonValueKind.Object } value ? new JsonPlace(File, $"{Name}{name}.", value) : throw Wrong(name, "expected an object");

    public JsonPlace? ObjectOrNone(string name) => Find(name) is { ValueKind: JsonValueKind.Object } value ? new JsonPlace(File, $"{Name}{name}.", value) : null;

    /// <summary>A whole number from 1 to <paramref name="most"/>.</summary>
    public int Count(string name, int most = int.MaxValue) => Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && number >= 1 && number <= most && number == Math.Floor(number)
        ? (int)number
        : throw Wrong(name, most == int.MaxValue ? "expected a positive integer" : FormattableString.Invariant($"expected an integer from 1 to {most}"));

    public IReadOnlyList<int> Counts(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } value && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number) && number > 0)
            ? [.. value.EnumerateArray().Select(item => item.GetInt32())]
            : throw Wrong(name, "expected a list of positive integers");

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw Wrong(name, "expected a string"),
    };

    public UserException Wrong(string name, string what) => new($"{File}: {Name}{name} is {(Find(name) is { } value ? Short(value) : "missing")}: {what}.");

    private JsonElement? Find(string name) => Value.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Short(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "…";
    }
}
