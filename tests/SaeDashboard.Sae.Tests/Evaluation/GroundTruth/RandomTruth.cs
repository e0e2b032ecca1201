using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

/// <summary>Annotations made for tests.</summary>
internal static class RandomTruth
{
    /// <summary>Clips with a few random spans of every concept, on the frame grid.</summary>
    public static ConceptTruth Create(Random random, TruthLayout layout, GroundTruthOptions options, int concepts)
    {
        var names = Enumerable.Range(0, concepts).Select(i => $"c.{i:D3}").ToArray();
        var clips = Enumerable.Range(0, layout.Clips).ToDictionary(
            clip => $"clip{clip}",
            _ => names.ToDictionary(name => name, _ => Enumerable.Range(0, random.Next(3)).Select(_ =>
            {
                var start = random.Next(layout.Columns);
                return new double[] { start / options.FrameRate, Math.Min(layout.Columns, start + random.Next(12)) / options.FrameRate };
            }).ToArray()));
        return new ConceptTruth(Annotate(clips), names, concepts, [.. clips.Keys], layout, options);
    }

    /// <summary>Writes the lines and reads them as the program does.</summary>
    public static Annotations Annotate(Dictionary<string, Dictionary<string, double[][]>> clips)
    {
        using var folder = TestFolders.Temporary();
        File.WriteAllLines(folder.In("annotations.jsonl"), clips.Select(clip => System.Text.Json.JsonSerializer.Serialize(new { id = clip.Key, spans = clip.Value })));
        return Annotations.Load(folder.Path);
    }
}
