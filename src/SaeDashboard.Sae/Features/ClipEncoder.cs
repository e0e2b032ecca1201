using System.Runtime.InteropServices;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// Encodes one clip at a time into <see cref="ClipLatents"/>: by the SAE's top-k if it has one, otherwise from dense latents.
/// </summary>
/// <param name="sae">The SAE.</param>
/// <param name="firstColumn">Columns from which <see cref="Margins"/> are measured; null: they are not.</param>
internal sealed class ClipEncoder(SparseAutoencoder sae, int? firstColumn = null)
{
    // A dense block of 2^23 latents is 32 MB.
    private const int DenseBlock = 1 << 23;

    /// <summary>The latents of the last clip.</summary>
    public ClipLatents Latents { get; } = new(sae.Config.DSae);

    /// <summary>How near each feature came to firing in the last clip <c>[F]</c>: <see cref="SparseAutoencoder.MarginPeaks"/>.</summary>
    public float[] Margins { get; private set; } = [];

    /// <summary>Encodes a clip's columns <c>[F, width]</c> and groups the active latents.</summary>
    /// <exception cref="UserException">The clip has another width, or an activation is not finite.</exception>
    public void Encode(ClipActivations clip)
    {
        CheckWidth(sae, clip);
        Latents.Clear();
        using (no_grad())
        {
            if (sae.Config.Architecture == SaeArchitecture.TopK)
                AppendTopK(clip);
            else
                AppendDense(clip);
        }

        Latents.Group();
    }

    /// <summary>Uses dense latents <c>[F, features]</c> that were already computed.</summary>
    public void Take(ClipActivations clip, Tensor latents)
    {
        Latents.Clear();
        AppendRows(clip, latents, 1);
        Latents.Group();
    }

    internal static void CheckWidth(SparseAutoencoder sae, ClipActivations clip)
    {
        if (clip.Columns.dim() != 2 || clip.Columns.size(1) != sae.Config.DIn)
        {
            throw new UserException($"Clip {clip.Row} ({clip.Split}) has activations [{string.Join(", ", clip.Columns.shape)}], " +
                $"but the SAE reads width {sae.Config.DIn}: collect activations with the model and layer that the SAE was trained on.");
        }
    }

    private void AppendTopK(ClipActivations clip)
    {
        using var scope = NewDisposeScope();
        var (valueTensor, indexTensor) = firstColumn is { } first ? Measured(sae.EncodeTopKMeasured(clip.Columns, first - 1)) : sae.EncodeTopK(clip.Columns);
        var values = TensorData.AsSpan(valueTensor.contiguous());
        var indices = MemoryMarshal.Cast<byte, long>(indexTensor.contiguous().bytes);
        var k = (int)valueTensor.size(1);
        for (var i = 0; i < values.Length; i++)
            AppendPositive(clip, i / k + 1, (int)indices[i], values[i]);
    }

    private (Tensor Values, Tensor Indices) Measured((Tensor Values, Tensor Indices, Tensor Peaks) encoded)
    {
        Margins = TensorData.AsSpan(encoded.Peaks.contiguous()).ToArray();
        return (encoded.Values, encoded.Indices);
    }

    private void AppendDense(ClipActivations clip)
    {
        if (firstColumn is { } first)
        {
            using var peaks = sae.MarginPeaks(clip.Columns, first - 1);
            Margins = TensorData.AsSpan(peaks).ToArray();
        }
        var columns = (int)clip.Columns.size(0);
        var block = Math.Max(1, DenseBlock / Latents.Features);
        for (var from = 0; from < columns; from += block)
        {
            using var scope = NewDisposeScope();
            AppendRows(clip, sae.Encode(clip.Columns.narrow(0, from, Math.Min(block, columns - from))), from + 1);
        }
    }

    private void AppendRows(ClipActivations clip, Tensor latents, int firstColumn)
    {
        using var contiguous = latents.contiguous();
        var values = TensorData.AsSpan(contiguous);
        var features = Latents.Features;
        for (var row = 0; row < values.Length / features; row++)
        {
            var one = values.Slice(row * features, features);
            for (var at = one.IndexOfAnyExcept(0f); at >= 0;)
            {
                AppendPositive(clip, firstColumn + row, at, one[at]);
                var next = one[(at + 1)..].IndexOfAnyExcept(0f);
                at = next < 0 ? -1 : at + 1 + next;
            }
        }
    }

    private void AppendPositive(ClipActivations clip, int column, int feature, float value)
    {
        if (!float.IsFinite(value))
        {
            throw new UserException($"Feature {feature} is {value} at column {column} of clip {clip.Row} ({clip.Split}): " +
                "the activations or the SAE's weights hold values that are not finite. Collect the activations again, or train the SAE again.");
        }

        if (value > 0)
            Latents.Append(column, feature, value);
    }
}

/// <summary>
/// One clip's positive latents grouped by feature: a sparse <c>[columns, F]</c> matrix whose buffers are reused for every clip. Entries are
/// appended column by column, then <see cref="Group"/> sorts them by feature (a stable counting sort, so columns stay ascending).
/// </summary>
internal sealed class ClipLatents(int features)
{
    private readonly int[] countOf = new int[features];
    private readonly int[] start = new int[features];
    private readonly int[] firedList = new int[features];
    private int firedCount;
    private int entries;
    private int[] entryFeature = new int[4096];
    private int[] entryColumn = new int[4096];
    private float[] entryValue = new float[4096];
    private int[] groupedColumn = new int[4096];
    private float[] groupedValue = new float[4096];

    /// <summary>F, the number of features.</summary>
    public int Features { get; } = features;


    /// <summary>The features that fire anywhere in the clip.</summary>
    public ReadOnlySpan<int> Fired => firedList.AsSpan(0, firedCount);

    /// <summary>Ascending columns (1..F) at which <paramref name="feature"/> fires.</summary>
    public ReadOnlySpan<int> Columns(int feature) => groupedColumn.AsSpan(start[feature], countOf[feature]);

    /// <summary>The activations at <see cref="Columns"/>.</summary>
    public ReadOnlySpan<float> Values(int feature) => groupedValue.AsSpan(start[feature], countOf[feature]);

    /// <summary>Removes the last clip.</summary>
    public void Clear()
    {
        foreach (var feature in Fired)
            countOf[feature] = 0;
        firedCount = 0;
        entries = 0;
    }

    /// <summary>Appends one positive latent. Columns must come in ascending order.</summary>
    public void Append(int column, int feature, float value)
    {
        if (entries == entryFeature.Length)
        {
            Array.Resize(ref entryFeature, entries * 2);
            Array.Resize(ref entryColumn, entries * 2);
            Array.Resize(ref entryValue, entries * 2);
        }

        if (countOf[feature]++ == 0)
            firedList[firedCount++] = feature;
        entryFeature[entries] = feature;
        entryColumn[entries] = column;
        entryValue[entries++] = value;
    }

    /// <summary>Sorts the entries by feature; afterwards <see cref="Columns"/> and <see cref="Values"/> are valid.</summary>
    public void Group()
    {
        if (groupedColumn.Length < entries)
        {
            groupedColumn = new int[entryColumn.Length];
            groupedValue = new float[entryValue.Length];
        }

        var next = 0;
        foreach (var feature in Fired)
        {
            start[feature] = next;
            next += countOf[feature];
        }

        for (var i = 0; i < entries; i++)
        {
            var at = start[entryFeature[i]]++;
            groupedColumn[at] = entryColumn[i];
            groupedValue[at] = entryValue[i];
        }

        foreach (var feature in Fired)
            start[feature] -= countOf[feature];
    }
}
