using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Saes;
using SaeDashboard.Worker.Steering;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Serving;

/// <summary>Which features fire in a piece of sound: the model hears it (null condition), the SAE reads along.</summary>
internal static class FiringSearch
{
    private const int MaxFrames = 1500;

    /// <exception cref="UserException">The codes are too long or another model's.</exception>
    public static IReadOnlyList<FiringFeature> Find(MusicGenModel model, LoadedSae sae, CodeGrid codes, int top, IReadOnlyList<int>? only)
    {
        if (codes.Frames is 0 or > MaxFrames) throw new UserException($"{codes.Frames} frames cannot be listened to at once: give 1 to {MaxFrames}.");
        SaeCompatibility.Require(sae.Folder, sae.Sae, model);
        var strips = new FiringStrips();
        foreach (var window in ReadingWindow.Plan(codes.Frames, WindowSettings.Of(model.Config))) strips.Append(model, sae, codes, window, prompt: null);
        var first = Math.Min(sae.Index.Info.FirstColumn, codes.Frames);
        var found = new List<FiringFeature>();
        foreach (var (feature, (columns, values)) in strips.ByFeature)
        {
            if (only is not null && !only.Contains(feature)) continue;
            // The first few columns are shaped by the start of the sequence.
            var best = -1;
            for (var i = 0; i < columns.Count; i++)
            {
                if (columns[i] >= first && (best < 0 || values[i] > values[best])) best = i;
            }
            if (best < 0) continue;
            var (largest, column) = (values[best], columns[best]);
            var p99 = sae.Index[feature].P99;
            // Column c is at index c − 1.
            var strip = new byte[codes.Frames];
            for (var i = 0; i < columns.Count; i++) strip[columns[i] - 1] = (byte)Math.Clamp(MathF.Round(255 * values[i] / largest), 0, 255);
            found.Add(new FiringFeature(feature, largest, p99 > 0 ? largest / p99 : 0, column, (column - 1) / sae.Index.Info.FrameRate, strip));
        }
        return [.. found.OrderByDescending(feature => feature.Multiple).ThenBy(feature => feature.Feature).Take(top)];
    }
}

/// <summary>
/// A part of a sound that the model hears at once, from its own start symbol: what is longer than the model's longest window is read in windows
/// that overlap, and a column is taken from the first window that has it. The index is measured on clips of one window.
/// </summary>
/// <param name="Start">Its first frame.</param>
/// <param name="Frames">Its frames.</param>
/// <param name="Skip">How many of its columns the window before it has read.</param>
internal readonly record struct ReadingWindow(int Start, int Frames, int Skip)
{
    private int End => Start + Frames;

    /// <summary>The windows of a sound.</summary>
    /// <param name="frames">Its frames, at least one.</param>
    /// <param name="settings">The model's windows: the longest, and the distance between the starts of two.</param>
    public static IReadOnlyList<ReadingWindow> Plan(int frames, WindowSettings settings)
    {
        var longest = settings.LongestFrames;
        var made = new List<ReadingWindow> { new(0, Math.Min(frames, longest), 0) };
        while (made[^1].End < frames)
        {
            var start = made[^1].Start + Math.Min(settings.Stride, longest);
            made.Add(new ReadingWindow(start, Math.Min(frames - start, longest), made[^1].End - start));
        }
        return made;
    }
}

/// <summary>The activations above 0 along a sound, gathered window by window. On the tensor thread.</summary>
internal sealed class FiringStrips
{
    // A dense block of 2^22 latents is 16 MB.
    private const int DenseBlock = 1 << 22;

    // 24 MB in the answer: an SAE with 32 active latents in a column stays far below it.
    private const int MaxActivations = 4_000_000;

    private readonly Dictionary<int, (List<ushort> Columns, List<float> Values)> strips = [];
    private int activations;

    /// <summary>Of each feature that fires its columns in the whole sound, ascending from 1 on, and its activations.</summary>
    public IReadOnlyDictionary<int, (List<ushort> Columns, List<float> Values)> ByFeature => strips;

    /// <summary>Computes a window and adds what fires in it.</summary>
    /// <param name="model">The model that hears it.</param>
    /// <param name="sae">The SAE that reads it.</param>
    /// <param name="codes">The whole sound.</param>
    /// <param name="window">The window.</param>
    /// <param name="prompt">The text the model hears it with; null: the null condition.</param>
    /// <exception cref="UserException">The codes are another model's, the prompt is too long, or too much fires.</exception>
    public void Append(MusicGenModel model, LoadedSae sae, CodeGrid codes, ReadingWindow window, string? prompt)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var part = window.Frames == codes.Frames ? codes : codes.Slice(window.Start, window.Frames);
        var heard = new TeacherForcing(model).At([part], [sae.Site], [prompt])[sae.Site].select(0, 0);
        var features = sae.Sae.Config.DSae;
        var block = Math.Max(1, DenseBlock / features);
        for (var from = window.Skip; from < window.Frames; from += block)
        {
            using var inner = NewDisposeScope();
            var latents = TensorData.AsSpan(sae.Sae.Encode(heard.narrow(0, from, Math.Min(block, window.Frames - from))).contiguous());
            for (var at = latents.IndexOfAnyExcept(0f); at >= 0;)
            {
                // Entry i of a window is its column i + 1.
                if (latents[at] > 0) Add(at % features, window.Start + from + at / features + 1, latents[at]);
                var next = latents[(at + 1)..].IndexOfAnyExcept(0f);
                at = next < 0 ? -1 : at + 1 + next;
            }
        }
    }

    private void Add(int feature, int column, float value)
    {
        if (!float.IsFinite(value)) throw new UserException($"Feature {feature} is {value} at column {column}: the SAE's weights hold numbers that are not finite. Train it again.");
        if (++activations > MaxActivations) throw new UserException($"More than {MaxActivations:N0} activations are above 0: this SAE has too many active latents in a column for a sound of this length. Give a shorter sound.");
        if (!strips.TryGetValue(feature, out var strip)) strips.Add(feature, strip = ([], []));
        strip.Columns.Add((ushort)column);
        strip.Values.Add(value);
    }
}
