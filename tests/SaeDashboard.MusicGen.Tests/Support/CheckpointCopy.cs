using System.Text.Json.Nodes;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.MusicGen.Tests.Support;

/// <summary>A golden checkpoint's folder, copied so that it can be changed.</summary>
internal sealed class CheckpointCopy : IDisposable
{
    private const string Weights = "model.safetensors";

    /// <param name="name">A golden folder with one file of weights.</param>
    public CheckpointCopy(string name)
    {
        foreach (var file in Directory.EnumerateFiles(GoldenModel.FolderOf(name))) File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("checkpoint-").FullName;

    /// <summary>Sets a field, "section.name", of a configuration file to what the JSON says.</summary>
    public void Set(string file, string field, string json)
    {
        var path = Path.Combine(Folder, file);
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        var names = field.Split('.');
        names[..^1].Aggregate(root, (node, name) => node[name]!)[names[^1]] = JsonNode.Parse(json);
        File.WriteAllText(path, root.ToJsonString());
    }

    /// <summary>Writes the weights again.</summary>
    /// <param name="change">A tensor by name: what takes its place, of the same shape; its float32 values are given.</param>
    public void Rewrite(Func<string, float[], IEnumerable<(string Name, TensorDType Type, byte[] Bytes)>> change) =>
        Write(change, _ => Weights);

    /// <summary>The same in several files with an index.</summary>
    /// <param name="fileOf">A tensor's file.</param>
    public void Shard(Func<string, string> fileOf)
    {
        var map = new JsonObject();
        Write((name, values) =>
        {
            map[name] = fileOf(name);
            return [(name, TensorDType.Float32, Bytes(values))];
        }, fileOf);
        File.Delete(Path.Combine(Folder, Weights));
        File.WriteAllText(Path.Combine(Folder, Weights + ".index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    public static byte[] Bytes(float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public void Dispose() => Directory.Delete(Folder, true);

    private void Write(Func<string, float[], IEnumerable<(string Name, TensorDType Type, byte[] Bytes)>> change, Func<string, string> fileOf)
    {
        var writers = new Dictionary<string, SafetensorsWriter>();
        using (var file = SafetensorsFile.Open(Path.Combine(Folder, Weights)))
        {
            foreach (var (name, entry) in file.Entries)
            {
                foreach (var (newName, type, bytes) in change(name, file.ReadFloat32(name)))
                {
                    if (!writers.TryGetValue(fileOf(newName), out var writer)) writers[fileOf(newName)] = writer = new SafetensorsWriter();
                    writer.Add(newName, type, bytes, [.. entry.Shape]);
                }
            }
        }
        foreach (var (name, writer) in writers) writer.Save(Path.Combine(Folder, name));
    }
}
