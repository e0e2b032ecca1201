using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Saes;
using SaeDashboard.Worker.Steering;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Serving;

/// <summary>Which features fire in a piece of sound: the model hears it (null condition), the SAE reads along.</summary>
internal static class FiringSearch
{
    // A dense block of 2^22 latents is 16 MB.
    private const int DenseBlock = 1 << 22;
    private const int MaxFrames = 1500;

    /// <exception cref="UserException">The codes are too long or another model's.</exception>
    public static IReadOnlyList<FiringFeature> Find(MusicGenModel model, LoadedSae sae, CodeGrid codes, int top, IReadOnlyList<int>? only)
    {
        if (codes.Frames is 0 or > MaxFrames) throw new UserException($"{codes.Frames} frames cannot be listened to at once: give 1 to {MaxFrames}.");
        SaeCompatibility.Require(sae.Folder, sae.Sae, model);
        var strips = Strips(model, sae, codes);
        var first = Math.Min(sae.Index.Info.FirstColumn, codes.Frames);
        var found = new List<FiringFeature>();
        foreach (var (feature, values) in strips)
        {
            if (only is not null && !only.Contains(feature)) continue;
            // Column c is at index c − 1; the first few are shaped by the start of the sequence.
            var best = first - 1;
            for (var place = best; place < values.Length; place++) best = values[place] > values[best] ? place : best;
            var largest = values[best];
            if (!(largest > 0)) continue;
            var p99 = sae.Index[feature].P99;
            var strip = Array.ConvertAll(values, value => (byte)Math.Clamp(MathF.Round(255 * value / largest), 0, 255));
            found.Add(new FiringFeature(feature, largest, p99 > 0 ? largest / p99 : 0, best + 1, best / sae.Index.Info.FrameRate, strip));
        }
        return [.. found.OrderByDescending(feature => feature.Multiple).ThenBy(feature => feature.Feature).Take(top)];
    }

    /// <summary>A feature that fires anywhere: its activation on columns 1 … F.</summary>
    private static Dictionary<int, float[]> Strips(MusicGenModel model, LoadedSae sae, CodeGrid codes)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var heard = new TeacherForcing(model).At([codes], [sae.Site])[sae.Site].select(0, 0);
        var (features, columns) = (sae.Sae.Config.DSae, codes.Frames);
        var block = Math.Max(1, DenseBlock / features);
        var strips = new Dictionary<int, float[]>();
        for (var from = 0; from < columns; from += block)
        {
            using var inner = NewDisposeScope();
            var latents = TensorData.AsSpan(sae.Sae.Encode(heard.narrow(0, from, Math.Min(block, columns - from))).contiguous());
            for (var at = latents.IndexOfAnyExcept(0f); at >= 0;)
            {
                var feature = at % features;
                if (!strips.TryGetValue(feature, out var strip)) strips.Add(feature, strip = new float[columns]);
                strip[from + at / features] = latents[at];
                var next = latents[(at + 1)..].IndexOfAnyExcept(0f);
                at = next < 0 ? -1 : at + 1 + next;
            }
        }
        return strips;
    }
}
