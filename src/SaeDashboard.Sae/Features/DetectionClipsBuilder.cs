using System.Runtime.InteropServices;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// Chooses the clips that labels are made from and those that they are tested on, in one pass over each set. A clip is positive where the
/// feature exceeds a tenth of its p99, as in the feature filter, and negative where it never fires; one in between is neither. Which clip is
/// drawn depends on its row and the feature, not on the order of the clips.
/// </summary>
public static class DetectionClipsBuilder
{
    /// <summary>What progress calls the second pass.</summary>
    public const string TestStage = "clips to test on";

    /// <summary>A number that depends on nothing but the clip's row: an order by it is a random draw that stays the same when clips are added.</summary>
    public static ulong Draw(int row) => Hash.Of(row);

    /// <summary>Chooses the clips of all features.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="index">Its index: p99 and the first measured column come from it.</param>
    /// <param name="labelled">Clips that labels may be made from.</param>
    /// <param name="tested">Clips that they are tested on; none of the other set.</param>
    /// <param name="names">What the two sets are, for the file: "sae-train, select" and "test".</param>
    /// <param name="progress">Called after every clip.</param>
    /// <param name="cancellation">Checked between clips.</param>
    /// <exception cref="UserException">The sets share a clip, or are of another width than the SAE.</exception>
    public static BuiltDetectionClips Build(
        SparseAutoencoder sae, FeatureIndex index, IActivationSource labelled, IActivationSource tested, (string Labelled, string Tested) names,
        IProgress<ClipProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (index.Count != sae.Config.DSae) throw new ArgumentException($"The index has {index.Count} features, the SAE {sae.Config.DSae}.", nameof(index));
        var plain = new DetectionClipsInfo { SaeHash = index.Info.SaeHash, DatasetHash = index.Info.DatasetHash, LabelledOn = names.Labelled, TestedOn = names.Tested, LabelClips = 0, TestClips = 0 };
        var forLabels = Pass(sae, index, labelled, "clips for labels", plain.LabelPlaces, progress, cancellation);
        var forTest = Pass(sae, index, tested, TestStage, plain.Places, progress, cancellation);
        if (forLabels.Rows.Overlaps(forTest.Rows)) throw new UserException("The clips that labels are made from and those that they are tested on overlap: give two sets without a common clip.");
        var info = plain with { LabelClips = forLabels.Rows.Count, TestClips = forTest.Rows.Count };
        var (features, places, labelPlaces) = (index.Count, info.Places, info.LabelPlaces);
        var data = new DetectionClipsData
        {
            Clip = Empty(features * 3 * places), Column = new int[features * 3 * places], Value = new float[features * places],
            LabelFiring = Empty(features * labelPlaces), LabelNearMiss = Empty(features * labelPlaces),
        };
        for (var feature = 0; feature < features; feature++)
        {
            var chosen = new HashSet<int>();
            var positives = ByTenths(forTest.Firing[feature], feature, places);
            for (var place = 0; place < positives.Count; place++)
            {
                Put(data, feature, DetectionKind.Positive, places, place, positives[place].Row, positives[place].Column);
                data.Value[feature * places + place] = positives[place].Value;
            }
            var near = forTest.NearMisses.Of(feature);
            for (var place = 0; place < near.Count; place++)
            {
                Put(data, feature, DetectionKind.NearMiss, places, place, near[place].Row, near[place].Column);
                chosen.Add(near[place].Row);
            }
            var random = forTest.Silent(feature, chosen).OrderBy(clip => Hash.Of(clip.Row, feature, 1)).Take(places).ToList();
            for (var place = 0; place < random.Count; place++)
            {
                var columns = Math.Max(1, random[place].Columns + 1 - index.Info.FirstColumn);
                Put(data, feature, DetectionKind.Random, places, place, random[place].Row, index.Info.FirstColumn + (int)(Hash.Of(random[place].Row, feature, 2) % (ulong)columns));
            }
            var firing = ByTenths(forLabels.Firing[feature], feature, labelPlaces);
            for (var place = 0; place < firing.Count; place++) data.LabelFiring[feature * labelPlaces + place] = firing[place].Row;
            var contrast = forLabels.NearMisses.Of(feature);
            for (var place = 0; place < contrast.Count; place++) data.LabelNearMiss[feature * labelPlaces + place] = contrast[place].Row;
        }
        return new BuiltDetectionClips(info, features, data);
    }

    /// <summary>One clip of each of equal parts of the clips, ordered by strength, so that weak activations count as much as strong ones.</summary>
    internal static List<FiringClip> ByTenths(List<FiringClip> firing, int feature, int places)
    {
        var order = firing.OrderByDescending(clip => clip.Value).ThenBy(clip => clip.Row).ToList();
        if (order.Count <= places) return order;
        var chosen = new List<FiringClip>(places);
        for (var part = 0; part < places; part++)
        {
            var (from, to) = (part * order.Count / places, (part + 1) * order.Count / places);
            chosen.Add(order.Skip(from).Take(to - from).MinBy(clip => Hash.Of(clip.Row, feature)));
        }
        return chosen;
    }

    private static int[] Empty(int length)
    {
        var rows = new int[length];
        Array.Fill(rows, -1);
        return rows;
    }

    private static void Put(DetectionClipsData data, int feature, DetectionKind kind, int places, int place, int row, int column)
    {
        var at = (feature * 3 + (int)kind) * places + place;
        (data.Clip[at], data.Column[at]) = (row, column);
    }

    private static ClipPass Pass(SparseAutoencoder sae, FeatureIndex index, IActivationSource source, string stage, int nearMisses, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var (features, first) = (index.Count, index.Info.FirstColumn);
        var pass = new ClipPass(features, nearMisses);
        var encoder = new ClipEncoder(sae);
        foreach (var clip in ClipProgress.Count(source, stage, progress, cancellation))
        {
            var columns = (int)clip.Columns.size(0);
            if (columns < first) continue;
            if (!pass.Rows.Add(clip.Row)) throw new UserException($"Clip {clip.Row} ({clip.Split}) occurs twice. Collect the activations again.");
            pass.Clips.Add((clip.Row, columns));
            encoder.Encode(clip);
            var (peakTensor, rowTensor) = sae.MarginPeakRows(clip.Columns, first - 1);
            using (peakTensor)
            using (rowTensor)
            {
                pass.Add(encoder.Latents, clip.Row, first, index, TensorData.AsSpan(peakTensor.contiguous()), MemoryMarshal.Cast<byte, long>(rowTensor.contiguous().bytes));
            }
        }
        return pass;
    }

    internal readonly record struct FiringClip(int Row, float Value, int Column);

    private sealed class ClipPass(int features, int nearMisses)
    {
        public HashSet<int> Rows { get; } = [];

        public List<(int Row, int Columns)> Clips { get; } = [];

        /// <summary>The clips that count as firing, for each feature.</summary>
        public List<FiringClip>[] Firing { get; } = [.. Enumerable.Range(0, features).Select(_ => new List<FiringClip>())];

        public NearestClips NearMisses { get; } = new(features, nearMisses);

        // Rows in which each fires at all.
        private readonly HashSet<int>[] fired = [.. Enumerable.Range(0, features).Select(_ => new HashSet<int>())];

        public IEnumerable<(int Row, int Columns)> Silent(int feature, HashSet<int> except) => Clips.Where(clip => !fired[feature].Contains(clip.Row) && !except.Contains(clip.Row));

        public void Add(ClipLatents latents, int row, int first, FeatureIndex index, ReadOnlySpan<float> margins, ReadOnlySpan<long> marginRows)
        {
            foreach (var feature in latents.Fired)
            {
                var columns = latents.Columns(feature);
                var values = latents.Values(feature);
                var peak = -1;
                for (var i = 0; i < columns.Length; i++)
                {
                    if (columns[i] >= first && (peak < 0 || values[i] > values[peak])) peak = i;
                }
                if (peak < 0) continue;
                fired[feature].Add(row);
                if (values[peak] > ClipDensityFilter.Threshold(index.P99[feature])) Firing[feature].Add(new FiringClip(row, values[peak], columns[peak]));
            }
            for (var feature = 0; feature < features; feature++)
            {
                if (!fired[feature].Contains(row)) NearMisses.Offer(feature, margins[feature], row, first + (int)marginRows[feature]);
            }
        }
    }

    /// <summary>For each feature the clips with the largest margins; ties by the smaller row.</summary>
    private sealed class NearestClips(int features, int places)
    {
        private readonly List<(float Margin, int Row, int Column)>[] best = [.. Enumerable.Range(0, features).Select(_ => new List<(float, int, int)>(places + 1))];

        public void Offer(int feature, float margin, int row, int column)
        {
            var list = best[feature];
            if (list.Count == places && !Before(margin, row, list[^1])) return;
            var at = list.Count;
            while (at > 0 && Before(margin, row, list[at - 1])) at--;
            list.Insert(at, (margin, row, column));
            if (list.Count > places) list.RemoveAt(places);
        }

        public List<(float Margin, int Row, int Column)> Of(int feature) => best[feature];

        private static bool Before(float margin, int row, (float Margin, int Row, int Column) other) => margin > other.Margin || (margin == other.Margin && row < other.Row);
    }
}

/// <summary>The chosen clips in memory.</summary>
/// <param name="Info">How they were chosen.</param>
/// <param name="Features">Number of features F.</param>
/// <param name="Data">The arrays.</param>
public sealed record BuiltDetectionClips(DetectionClipsInfo Info, int Features, DetectionClipsData Data)
{
    /// <summary>Writes them into the folder of an index, whole or not at all.</summary>
    public void Save(string folder) => DetectionClips.Write(folder, Info, Features, Data);
}
