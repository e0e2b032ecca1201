using System.Text.Json.Nodes;
using SaeDashboard.MusicGen.Tests.Support;

namespace SaeDashboard.MusicGen.Tests.Hostile;

/// <summary>A copy of a golden folder whose files a test changes.</summary>
public sealed class AlteredFolder : IDisposable
{
    public AlteredFolder(string name)
    {
        foreach (var file in Directory.EnumerateFiles(GoldenModel.FolderOf(name))) File.Copy(file, this[System.IO.Path.GetFileName(file)]);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("hostile-").FullName;

    public string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>Puts raw JSON in the place of a field, named by its path ("decoder.hidden_size").</summary>
    public void Change(string file, string field, string rawValue)
    {
        const string mark = "@@value@@";
        var root = JsonNode.Parse(File.ReadAllText(this[file]))!;
        var names = field.Split('.');
        names[..^1].Aggregate(root, (node, name) => node[name]!)[names[^1]] = mark;
        File.WriteAllText(this[file], root.ToJsonString().Replace($"\"{mark}\"", rawValue, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(Path, true);
}
