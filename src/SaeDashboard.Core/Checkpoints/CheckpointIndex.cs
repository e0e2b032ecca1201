using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Checkpoints;

/// <summary>Finds which file of a checkpoint folder holds which tensor.</summary>
public static class CheckpointIndex
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    /// <summary>Opens every file of the folder into <paramref name="files"/> and returns the tensors by name, in ordinal order.</summary>
    /// <exception cref="UserException">A file is missing, truncated or damaged, or an adapter is not merged.</exception>
    public static SortedDictionary<string, SafetensorsFile> Open(string folder, List<SafetensorsFile> files)
    {
        var tensors = Find(folder, files);
        ForeignFolder.RefuseAdapter(folder, tensors.Keys);
        return tensors;
    }

    private static SortedDictionary<string, SafetensorsFile> Find(string folder, List<SafetensorsFile> files)
    {
        var tensors = new SortedDictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        var single = Path.Combine(folder, SingleFile);
        var index = Path.Combine(folder, IndexFile);
        if (File.Exists(single))
        {
            var file = SafetensorsFile.Open(single);
            files.Add(file);
            foreach (var name in file.Entries.Keys) tensors.Add(name, file);
            return tensors;
        }
        if (!File.Exists(index)) throw ForeignFolder.Without(folder, $"{SingleFile} or {IndexFile}");

        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        foreach (var (name, shardName) in ReadWeightMap(index))
        {
            if (!shards.TryGetValue(shardName, out var shard))
            {
                var path = Path.Combine(folder, shardName);
                if (Path.GetFileName(shardName) != shardName || shardName.Length == 0)
                    throw new UserException($"{index}: '{shardName}' is not the name of a file in the folder.");
                if (!File.Exists(path))
                    throw new UserException($"{path} does not exist, though {IndexFile} names it: the download is incomplete. Fetch the "
                        + "folder again.");
                shard = SafetensorsFile.Open(path);
                files.Add(shard);
                shards.Add(shardName, shard);
            }
            if (!shard.Contains(name))
                throw new UserException($"{shard.Path} has no tensor '{name}', though {IndexFile} says so: the files do not belong "
                    + "together. Fetch the folder again.");
            tensors.Add(name, shard);
        }
        return tensors;
    }

    private static Dictionary<string, string> ReadWeightMap(string index)
    {
        var root = JsonFile.Read<JsonElement>(index);
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map)
            || map.ValueKind != JsonValueKind.Object)
            throw new UserException($"{index} has no weight_map (tensor → file): fetch it again.");
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in map.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String || !places.TryAdd(item.Name, item.Value.GetString()!))
                throw new UserException($"{index}: weight_map: '{item.Name}' names no file, or is duplicated. Fetch it again.");
        }
        return places;
    }
}

/// <summary>Messages for folders that hold something other than a readable model.</summary>
public static class ForeignFolder
{
    private const string AdapterConfig = "adapter_config.json";

    /// <summary>Prefixes of the parts of tensor names by which peft's tuners (0.17) recognise their own tensors.</summary>
    private static readonly string[] AdapterPrefixes =
        ["lora_", "hada_", "lokr_", "ia3_", "oft_", "boft_", "vera_lambda_", "vblora_", "fourierft_", "hra_", "bone_", "ln_tuning_", "poly_", "randlora_", "shira_"];

    /// <summary>The error for a folder that lacks a file of a model.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="missing">The file.</param>
    public static UserException Without(string folder, string missing)
    {
        if (Adapter(folder) is { } adapter)
            return new UserException($"{folder} holds only a LoRA adapter ({adapter}), not the model it belongs to. {Merge}");
        if (First(folder, "*.onnx") is { } onnx)
            return new UserException($"{folder} holds ONNX files ({onnx}), which are not read here. Fetch the original model: its config.json, tokenizer.json and model.safetensors.");
        if ((First(folder, "*.bin") ?? First(folder, "*.pt")) is { } pickled)
            return new UserException($"{folder} has no {missing}: {pickled} is not read here. Fetch the safetensors files of this model, or convert it to them.");
        return new UserException($"{folder} has no {missing}: it is not a model's folder, or its download is incomplete. Fetch it again.");
    }

    /// <summary>Rejects a model with an adapter that is not merged into it: without the adapter another function would be computed.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="tensors">Its tensors' names.</param>
    /// <exception cref="UserException">The folder has an adapter; the message says how to merge it.</exception>
    public static void RefuseAdapter(string folder, IEnumerable<string> tensors)
    {
        if (tensors.FirstOrDefault(name => name.Split('.').Any(part => AdapterPrefixes.Any(prefix => part.StartsWith(prefix, StringComparison.Ordinal)))) is { } tensor)
            throw new UserException($"{folder}: the tensor “{tensor}” belongs to an adapter (such as LoRA's) that is not merged into the weights. {Merge}");
        if (Adapter(folder) is { } adapter)
            throw new UserException($"{folder} has a LoRA adapter ({adapter}) next to its weights, which is not applied here. {Merge} To use the model without the adapter, move the adapter's files out of the folder.");
    }

    private const string Merge = "Merge it with peft: PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(folder), then give that folder.";

    private static string? Adapter(string folder) => First(folder, AdapterConfig) ?? First(folder, "adapter_model.*");

    private static string? First(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal).FirstOrDefault();
}
