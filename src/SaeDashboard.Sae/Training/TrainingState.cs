using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Everything a run is, between two steps: with this and the configuration the rest of the run is determined. In the scaled space x' of
/// <see cref="ColumnScaling"/>. The encoder is kept as rows, so that both gradients of a latent are rows.
/// </summary>
internal sealed class TrainingState : IDisposable
{
    /// <param name="width">d.</param>
    /// <param name="latents">F.</param>
    /// <param name="extra">The tensors [F] that the architecture has beside the four of every SAE; they become the state's.</param>
    public TrainingState(int width, int latents, params IReadOnlyList<TrainedTensor> extra) : this(width, latents, null, extra)
    {
    }

    /// <param name="width">d.</param>
    /// <param name="latents">F.</param>
    /// <param name="device">Where the weights and moments are, as <see cref="TrainedTensor"/> takes it. Counters are in host memory.</param>
    /// <param name="extra">The tensors [F] of the architecture, on the same device.</param>
    public TrainingState(int width, int latents, Device? device, IReadOnlyList<TrainedTensor> extra)
    {
        Extra = extra;
        Width = width;
        Latents = latents;
        Encoder = new TrainedTensor("encoder", device, latents, width);
        EncoderBias = new TrainedTensor("encoder_bias", device, latents);
        Decoder = new TrainedTensor("decoder", device, latents, width);
        DecoderBias = new TrainedTensor("decoder_bias", device, width);
        Scaling = ColumnScaling.Identity(width);
        ColumnsSinceActive = new long[latents];
        ActiveCounts = new long[latents];
        WindowStart = new long[latents];
    }

    public int Width { get; }

    public int Latents { get; }

    /// <summary>W_encᵀ [F, d].</summary>
    public TrainedTensor Encoder { get; }

    /// <summary>b_enc [F].</summary>
    public TrainedTensor EncoderBias { get; }

    /// <summary>W_dec [F, d], rows of norm 1.</summary>
    public TrainedTensor Decoder { get; }

    /// <summary>b_dec [d].</summary>
    public TrainedTensor DecoderBias { get; }

    /// <summary>What the architecture trains beside them, [F] each.</summary>
    public IReadOnlyList<TrainedTensor> Extra { get; }

    public IEnumerable<TrainedTensor> Trained => [Encoder, EncoderBias, Decoder, DecoderBias, .. Extra];

    /// <summary>Where a selection over whole batches cut, of late: the threshold by which single columns are encoded.</summary>
    public ThresholdAverage Threshold { get; } = new();

    /// <summary>The smallest value that the last batch's selection kept; 0 before the first, and where there is no such selection.</summary>
    public float SmallestKept { get; set; }

    /// <summary>The norm of the last step's gradient over all weights, by which the next one is clipped; 0 before the first.</summary>
    public double GradientNorm { get; set; }

    /// <summary>How activations become inputs, fixed at the start.</summary>
    public ColumnScaling Scaling { get; set; }

    /// <summary>Steps done; the data's position is this times the batch.</summary>
    public long Step { get; set; }

    /// <summary>[F]: columns seen since each latent was last active.</summary>
    public long[] ColumnsSinceActive { get; }

    /// <summary>[F]: in how many of <see cref="CountedColumns"/> each latent was active, since the last histogram.</summary>
    public long[] ActiveCounts { get; }

    public long CountedColumns { get; set; }

    /// <summary>
    /// [F]: what <see cref="ActiveCounts"/> was when the window began over which firing is counted for the export. A histogram, which begins the
    /// count again, moves it along, so that the difference stays what was counted since; it may be negative.
    /// </summary>
    public long[] WindowStart { get; }

    /// <summary>The same of <see cref="CountedColumns"/>.</summary>
    public long WindowStartColumns { get; set; }

    /// <summary>Counts firing for the export from here on.</summary>
    public void BeginWindow()
    {
        ActiveCounts.CopyTo(WindowStart, 0);
        WindowStartColumns = CountedColumns;
    }

    /// <summary>Begins the count of the next histogram.</summary>
    public void RestartCounts()
    {
        for (var j = 0; j < Latents; j++)
            WindowStart[j] -= ActiveCounts[j];
        WindowStartColumns -= CountedColumns;
        Array.Clear(ActiveCounts);
        CountedColumns = 0;
    }

    /// <summary>[F]: the share of the window's training columns in which each latent was active; empty when it has none yet.</summary>
    public float[] FiringFrequency()
    {
        var columns = CountedColumns - WindowStartColumns;
        return columns <= 0 ? [] : [.. ActiveCounts.Zip(WindowStart, (now, before) => (float)((double)(now - before) / columns))];
    }

    /// <summary>Decoder rows: random directions of norm 1. Encoder: the same rows. b_dec: <paramref name="centre"/>. The rest 0.</summary>
    public void Initialize(ReadOnlySpan<float> centre, ulong seed)
    {
        const ulong Stream = 0xD1C7;
        using var scope = NewDisposeScope();
        var rows = empty([Latents, Width], ScalarType.Float32);
        var decoder = TensorData.AsSpan(rows);
        for (var j = 0; j < Latents; j++)
        {
            var row = decoder.Slice(j * Width, Width);
            var squares = 0.0;
            for (var d = 0; d < Width; d++)
            {
                row[d] = (float)CounterRandom.Normal(seed, Stream, (ulong)((long)j * Width + d));
                squares += (double)row[d] * row[d];
            }
            var scale = (float)(1 / Math.Sqrt(squares));
            for (var d = 0; d < Width; d++)
                row[d] *= scale;
        }
        Decoder.Value.copy_(rows);
        Encoder.Value.copy_(rows);
        DecoderBias.Value.copy_(TensorData.FromFloats(centre, Width));
    }

    public void Dispose()
    {
        foreach (var tensor in Trained)
            tensor.Dispose();
    }
}
