using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Web.Data;

/// <summary>Reads a SAELens folder and its feature index.</summary>
internal sealed class SaeReader : IFolderReader<CatalogSae>
{
    private const string Config = "cfg.json", Weights = "sae_weights.safetensors";

    private static readonly Dictionary<string, string[]> TensorsOf = new()
    {
        ["topk"] = ["b_enc"], ["standard"] = ["b_enc"], ["jumprelu"] = ["b_enc", "threshold"], ["gated"] = ["b_gate", "b_mag", "r_mag"],
    };

    public CatalogSae Blank(string id, string name, string path) => new() { Id = id, Name = name, Path = path };

    public CatalogSae Read(CatalogFolder folder, CatalogSae blank)
    {
        var configPath = Path.Combine(folder.Path, Config);
        if (!File.Exists(configPath)) throw new UserException($"{folder.Path} has no {Config}: it is no SAELens folder ({Config} and {Weights}).");
        var config = JsonPlace.Open(configPath);
        var architecture = config.Text("architecture") ?? "";
        if (!TensorsOf.ContainsKey(architecture)) throw config.Wrong("architecture", $"{string.Join(", ", TensorsOf.Keys)} can be read");
        var latents = config.Count("d_sae");
        var width = config.Count("d_in");
        Check(folder.Path, architecture, latents, width);

        var metadata = config.ObjectOrNone("metadata");
        var hook = metadata?.Text("hook_name") ?? "";
        var (index, problem) = Index(folder.Path, latents);
        return blank with
        {
            Architecture = architecture,
            Latents = latents,
            Width = width,
            K = architecture == "topk" ? config.Count("k") : 0,
            Hook = hook,
            Layer = LayerOf(hook) ?? index?.Layer,
            ModelHash = metadata?.Text("model_hash") ?? index?.ModelHash,
            DatasetHash = index?.DatasetHash ?? metadata?.Text("dataset_hash"),
            HasIndex = index is not null,
            IndexProblem = problem,
        };
    }

    public CatalogHashes Hash(CatalogFolder folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder.Path, Weights));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in file.Entries.Keys.Order(StringComparer.Ordinal)) hash.AppendData(MemoryMarshal.AsBytes<float>(file.ReadFloat32(name)));
        return new CatalogHashes(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public CatalogSae With(CatalogSae entry, CatalogHashes hashes)
    {
        entry = entry with { Hash = hashes.Content };
        if (!entry.HasIndex) return entry;
        var indexed = JsonFile.Read<FeatureIndexInfo>(Path.Combine(entry.Path, "index", "index.json")).SaeHash;
        return indexed == hashes.Content ? entry : entry with
        {
            HasIndex = false,
            IndexProblem = $"{Path.Combine(entry.Path, "index")} was made for other weights ({indexed[..Math.Min(12, indexed.Length)]}…). Make it again with the verb index.",
        };
    }

    private static void Check(string folder, string architecture, int latents, int width)
    {
        var path = Path.Combine(folder, Weights);
        if (!File.Exists(path)) throw new UserException($"{folder} has no {Weights}: the SAE's weights are missing. Fetch or export it again.");
        using var file = SafetensorsFile.Open(path);
        var wanted = TensorsOf[architecture].Select(name => (Name: name, Shape: new long[] { latents }))
            .Append(("W_enc", [width, latents])).Append(("W_dec", [latents, width])).Append(("b_dec", [width])).ToList();
        foreach (var (name, shape) in wanted)
        {
            if (!file.Entry(name).Shape.SequenceEqual(shape))
                throw new UserException($"{path}: tensor '{name}' is {file.Entry(name).Describe()}, but {Config} asks for [{string.Join(", ", shape)}]: the two files do not belong together.");
        }
        if (file.Entries.Keys.FirstOrDefault(name => wanted.All(each => each.Name != name)) is { } unknown)
            throw new UserException($"{path} has a tensor '{unknown}' that a {architecture} SAE does not know: is \"architecture\" in {Config} right?");
    }

    private static (FeatureIndexInfo? Info, string? Problem) Index(string folder, int latents)
    {
        var path = Path.Combine(folder, "index");
        if (!Directory.Exists(path)) return (null, $"{folder} has no feature index yet: a run makes one in its last stage, the verb index at any time.");
        try
        {
            using var index = FeatureIndex.Open(path);
            return index.Info.Features == latents ? (index.Info, null) : (null, $"{path} is of {index.Info.Features} features, the SAE has {latents}. Make it again with the verb index.");
        }
        catch (UserException error)
        {
            return (null, error.Message);
        }
    }

    private static int? LayerOf(string hook)
    {
        const string prefix = "layers.";
        var start = hook.LastIndexOf(prefix, StringComparison.Ordinal);
        if (start < 0) return null;
        var digits = hook.AsSpan(start + prefix.Length);
        var length = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(length < 0 ? digits : digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : null;
    }
}
