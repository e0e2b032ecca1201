using System.Text.Json;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary>A few clips of the demo data set as a data set of their own, so that a whole pipeline runs in seconds.</summary>
internal static class SmallDataset
{
    /// <summary>Writes the folder: the first clips of each split, cut to <paramref name="frames"/> frames.</summary>
    public static string Write(string folder, int train = 24, int select = 12, int test = 6, int frames = 160)
    {
        using var demo = ClipDataset.Open(WorkerProcess.DemoDataset);
        var clips = demo.InSplit("sae-train").Take(train).Concat(demo.InSplit("select").Take(select)).Concat(demo.InSplit("test").Take(test)).ToArray();
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "metadata.jsonl"), clips.Select(clip => JsonSerializer.Serialize(new { id = clip.Id, split = clip.Split, caption = clip.Caption, seconds = frames / 50.0 })));
        var codes = new short[clips.Length * demo.Codebooks * frames];
        var at = 0;
        foreach (var clip in clips)
        {
            var grid = demo.Codes(clip);
            for (var codebook = 0; codebook < grid.Codebooks; codebook++)
            {
                for (var frame = 0; frame < frames; frame++) codes[at++] = (short)grid[codebook, frame];
            }
        }
        var writer = new SafetensorsWriter();
        writer.Add("codes", codes, clips.Length, demo.Codebooks, frames);
        writer.Save(Path.Combine(folder, "codes.safetensors"));
        return folder;
    }
}
