using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>An SAE of many features for measurements: the demo's, several times over, with its clips, so that everything sounds.</summary>
internal static class WideSae
{
    /// <summary>Writes it into a site's data folder.</summary>
    /// <param name="folder">The SAE's folder, which is made.</param>
    /// <param name="times">How often the demo's 2,048 features are there.</param>
    public static void Make(string folder, int times)
    {
        var demo = Path.Combine(Clone.Demo, "sae");
        var index = Path.Combine(folder, "index");
        Directory.CreateDirectory(index);
        var hash = Weights(demo, folder, times);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(demo, "cfg.json")))!;
        config["d_sae"] = times * 2048;
        File.WriteAllText(Path.Combine(folder, "cfg.json"), config.ToJsonString());
        Statistics(Path.Combine(demo, "index"), index, times);
        var info = JsonNode.Parse(File.ReadAllText(Path.Combine(demo, "index", "index.json")))!;
        (info["saeHash"], info["features"], info["keptDefault"]) = (hash, times * 2048, times * (int)info["keptDefault"]!);
        info["examples"] = new JsonArray();
        info["measures"] = null;
        File.WriteAllText(Path.Combine(index, "index.json"), info.ToJsonString());
        using var opened = FeatureIndex.Open(Path.Combine(demo, "index"));
        var map = FeatureAtlas.Open(opened.Folder, opened.Info)!;
        var random = new Random(1);
        var positions = new float[times * map.Positions.Length];
        for (var i = 0; i < positions.Length; i++) positions[i] = map.Positions[i % map.Positions.Length] + (float)(random.NextDouble() - 0.5) * 0.6f;
        FeatureAtlas.Write(index, map.Info with { SaeHash = hash }, positions);
    }

    private static string Weights(string demo, string folder, int times)
    {
        using var from = SafetensorsFile.Open(Path.Combine(demo, "sae_weights.safetensors"));
        var writer = new SafetensorsWriter();
        var tensors = new SortedDictionary<string, (float[] Values, long[] Shape)>(StringComparer.Ordinal)
        {
            ["W_dec"] = (Rows(from.ReadFloat32("W_dec"), times), [times * 2048, from.Entry("W_dec").Shape[1]]),
            ["W_enc"] = (Columns(from.ReadFloat32("W_enc"), 2048, times), [from.Entry("W_enc").Shape[0], times * 2048]),
            ["b_enc"] = (Rows(from.ReadFloat32("b_enc"), times), [times * 2048]),
            ["b_dec"] = (from.ReadFloat32("b_dec"), [.. from.Entry("b_dec").Shape]),
        };
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, (values, shape)) in tensors)
        {
            sha.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
            writer.Add(name, values, shape);
        }
        writer.Save(Path.Combine(folder, "sae_weights.safetensors"));
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    private static void Statistics(string from, string to, int times)
    {
        using var file = SafetensorsFile.Open(Path.Combine(from, "features.safetensors"));
        var writer = new SafetensorsWriter();
        foreach (var (name, entry) in file.Entries)
        {
            if (name == "strip_start")
            {
                var starts = file.ReadInt64(name);
                var all = Enumerable.Range(0, times).SelectMany(time => starts[..^1].Select(start => start + time * starts[^1])).Append(times * starts[^1]).ToArray();
                writer.Add(name, all, all.Length);
                continue;
            }
            var bytes = Rows(file.Bytes(name), times);
            writer.Add(name, entry.DType, bytes, [times * entry.Shape[0], .. entry.Shape.Skip(1)]);
        }
        writer.Save(Path.Combine(to, "features.safetensors"));
    }

    private static T[] Rows<T>(T[] values, int times) => [.. Enumerable.Repeat(values, times).SelectMany(each => each)];

    private static float[] Columns(float[] values, int columns, int times)
    {
        var wide = new float[values.Length * times];
        for (var at = 0; at < wide.Length; at += columns) values.AsSpan(at / (columns * times) * columns, columns).CopyTo(wide.AsSpan(at));
        return wide;
    }
}
