using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Activations;

namespace SaeDashboard.Worker.Steering;

/// <summary>Two sets of clips without common ones, and what they are called.</summary>
internal sealed record DirectionSets(IReadOnlyList<Clip> Positive, string PositiveWords, IReadOnlyList<Clip> Negative, string NegativeWords)
{
    /// <summary>Finds the clips.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="positive">The positive set.</param>
    /// <param name="negative">The negative set; null: all other clips. Chosen by a text, it leaves out what is in the positive set.</param>
    /// <param name="most">At most this many clips of each.</param>
    /// <exception cref="UserException">A set has no clips, or both have the same.</exception>
    public static DirectionSets Of(ClipDataset dataset, ClipSet positive, ClipSet? negative, int most)
    {
        if (most < 1) throw new UserException($"A direction needs at least 1 clip of each set, not {most}.");
        var (first, positiveWords) = Find(dataset, positive, []);
        var (second, negativeWords) = negative is null ? ([.. dataset.Clips.Except(first)], "all others") : Find(dataset, negative, [.. first]);
        if (second.Count == 0) throw new UserException($"All clips of {Path.GetFileName(dataset.Folder)} are in the positive set, so there are no others: choose a narrower one.");
        if (first.Intersect(second).ToArray() is [var both, ..] common) throw new UserException($"{common.Length} clips are in both sets, such as {both.Id}: their difference means nothing. Choose sets without common clips.");
        return new DirectionSets([.. first.Take(most)], positiveWords, [.. second.Take(most)], negativeWords);
    }

    private static (List<Clip> Clips, string Words) Find(ClipDataset dataset, ClipSet set, HashSet<Clip> without)
    {
        if (set is { Caption: { } text, Ids: null })
        {
            var found = dataset.Clips.Where(clip => clip.Caption.Contains(text, StringComparison.OrdinalIgnoreCase) && !without.Contains(clip)).ToList();
            return found.Count > 0 ? (found, $"captions with “{text}”") : throw new UserException($"No {(without.Count > 0 ? "other " : "")}clip of {Path.GetFileName(dataset.Folder)} has a caption with “{text}”: choose a text that some captions contain.");
        }
        if (set is not { Caption: null, Ids: { Count: > 0 } ids }) throw new UserException("A set of clips is given by a text of captions or by ids, one of the two.");
        var known = dataset.Clips.ToDictionary(clip => clip.Id);
        var chosen = ids.Distinct().Select(id => known.TryGetValue(id, out var clip) ? clip : throw new UserException($"{Path.GetFileName(dataset.Folder)} has no clip “{id}”: its metadata.jsonl lists them.")).ToList();
        return (chosen, chosen.Count == 1 ? "1 chosen clip" : $"{chosen.Count} chosen clips");
    }
}

/// <summary>A measured difference of means.</summary>
/// <param name="Direction">The direction.</param>
/// <param name="Norm">Its length, in the residual stream's unit.</param>
internal sealed record MeasuredDirection(TakeDirection Direction, double Norm);

/// <summary>The mean residual of one set of clips less that of another.</summary>
internal static class DirectionMeasurement
{
    // Earlier columns show the start of the sequence, as in the index.
    private const int FirstColumn = 4;

    /// <summary>Measures it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="sets">Its clips.</param>
    /// <param name="site">Where in the model.</param>
    /// <param name="captions">Whether the model reads each clip's caption.</param>
    /// <param name="report">Receives the words of the set at work, the clips of both that are done, and how many there are.</param>
    /// <param name="cancellation">Looked at after every clip.</param>
    /// <exception cref="UserException">The clips are too short, or the means are the same.</exception>
    public static MeasuredDirection Measure(MusicGenModel model, ClipDataset dataset, DirectionSets sets, HookSite site, bool captions, Action<string, int, int> report, CancellationToken cancellation)
    {
        var done = 0;
        var (positive, negative) = (Mean(sets.Positive, sets.PositiveWords), Mean(sets.Negative, sets.NegativeWords));
        var difference = new float[positive.Length];
        for (var i = 0; i < difference.Length; i++) difference[i] = (float)(positive[i] - negative[i]);
        var norm = Math.Sqrt(difference.Sum(value => (double)value * value));
        if (!(norm > 0)) throw new UserException("The two sets have the same mean, so there is no direction between them: choose other sets.");
        var bytes = MemoryMarshal.AsBytes(difference.AsSpan()).ToArray();
        return new MeasuredDirection(new TakeDirection(Convert.ToHexStringLower(SHA256.HashData(bytes)), Convert.ToBase64String(bytes), site.ToString()) { Positive = sets.PositiveWords, Negative = sets.NegativeWords }, norm);

        double[] Mean(IReadOnlyList<Clip> clips, string words)
        {
            var source = new ModelActivationSource(model, dataset, clips, site, captions);
            var (sum, columns) = (new double[source.Width], 0L);
            foreach (var clip in source.Clips())
            {
                cancellation.ThrowIfCancellationRequested();
                using var flat = clip.Columns.contiguous();
                var values = TensorData.AsSpan(flat);
                // Column 1 is the first of them.
                for (var at = (FirstColumn - 1) * sum.Length; at + sum.Length <= values.Length; at += sum.Length)
                {
                    for (var i = 0; i < sum.Length; i++) sum[i] += values[at + i];
                    columns++;
                }
                report(words, ++done, sets.Positive.Count + sets.Negative.Count);
            }
            if (columns == 0) throw new UserException($"The clips of {words} are too short: none has a column from {FirstColumn} on.");
            for (var i = 0; i < sum.Length; i++) sum[i] /= columns;
            return sum;
        }
    }
}
