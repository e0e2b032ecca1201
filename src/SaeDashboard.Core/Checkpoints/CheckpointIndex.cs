using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Checkpoints;

/// <summary>Finds which file of a checkpoint folder holds which tensor.</summary>
public static class CheckpointIndex
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    /// <summary>Opens every file of the folder into <paramref name="files"/> and gives the tensors by name, in ordinal order.</summary>
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
                    throw new UserException($"{index}: '{shardName}' is no name of a file beside it.");
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
                throw new UserException($"{index}: weight_map: '{item.Name}' names no file, or stands twice. Fetch it again.");
        }
        return places;
    }
}
