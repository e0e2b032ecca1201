using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The complete state of a run between two steps: together with the settings it determines the rest of the run. In the scaled space x' of
/// <see cref="ColumnScaling"/>. The encoder is stored transposed, so that both gradients of a latent are contiguous rows.
/// </summary>
internal sealed class TrainingState : IDisposable
{
    /// <param name="width">d.</param>
    /// <param name="latents">F.</param>
    /// <param name="extra">The architecture's tensors [F] in addition to the four of every SAE; the state takes ownership.</param>
    public TrainingState(int width, int latents, params IReadOnlyList<TrainedTensor> extra) : this(width, latents, null, extra)
    {
    }

    /// <param name="width">d.</param>
    /// <param name="latents">F.</param>
    /// <param name="device">Where weights and moments are, as for <see cref="TrainedTensor"/>. Counters are in host memory.</param>
    /// <param name="extra">The architecture's tensors [F], on the same device.</param>
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

    /// <summary>The architecture's further tensors, [F] each.</summary>
    public IReadOnlyList<TrainedTensor> Extra { get; }

    public IEnumerable<TrainedTensor> Trained => [Encoder, EncoderBias, Decoder, DecoderBias, .. Extra];

    /// <summary>
    /// The recent average of the smallest value that a selection over whole batches kept: the threshold by which single columns are
    /// encoded.
    /// </summary>
    public ThresholdAverage Threshold { get; } = new();

    /// <summary>The smallest value that the last batch's selection kept; 0 before the first batch, and without such a selection.</summary>
    public float SmallestKept { get; set; }

    /// <summary>The norm of the last step's gradient over all weights, by which the next step is clipped; 0 before the first.</summary>
    public double GradientNorm { get; set; }

    /// <summary>How activations are scaled to inputs, fixed at the start.</summary>
    public ColumnScaling Scaling { get; set; }

    /// <summary>Completed steps; the data's position is this times the batch.</summary>
    public long Step { get; set; }

    /// <summary>[F]: columns since each latent was last active.</summary>
    public long[] ColumnsSinceActive { get; }

    /// <summary>[F]: in how many of <see cref="CountedColumns"/> each latent was active since the last histogram.</summary>
    public long[] ActiveCounts { get; }

    public long CountedColumns { get; set; }

    /// <summary>
    /// [F]: <see cref="ActiveCounts"/> at the start of the window over which firing is counted for the export. Restarting the counts for a
    /// histogram shifts it, so that the difference remains the count since the start of the window; it may become negative.
    /// </summary>
    public long[] WindowStart { get; }

    /// <summary>The same for <see cref="CountedColumns"/>.</summary>
    public long WindowStartColumns { get; set; }

    /// <summary>Starts the window over which firing is counted for the export.</summary>
    public void BeginWindow()
    {
        ActiveCounts.CopyTo(WindowStart, 0);
        WindowStartColumns = CountedColumns;
    }

    /// <summary>Restarts the counts for the next histogram.</summary>
    public void RestartCounts()
    {
        for (var j = 0; j < Latents; j++)
            WindowStart[j] -= ActiveCounts[j];
        WindowStartColumns -= CountedColumns;
        Array.Clear(ActiveCounts);
        CountedColumns = 0;
    }

    /// <summary>[F]: the share of the window's columns in which each latent was active; empty before the window has any.</summary>
    public float[] FiringFrequency()
    {
        var columns = CountedColumns - WindowStartColumns;
        return columns <= 0 ? [] : [.. ActiveCounts.Zip(WindowStart, (now, before) => (float)((double)(now - before) / columns))];
    }

    /// <summary>
    /// Decoder rows: random directions of norm 1. Encoder: the same rows. b_dec: <paramref name="centre"/>. Everything else 0.
    /// </summary>
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

/// <summary>A float32 tensor that training changes and Adam's two moments of it, of one shape and on one device.</summary>
internal sealed unsafe class TrainedTensor : IDisposable
{
    private readonly Device? device;
    private Tensor? gradient;

    public TrainedTensor(string name, params long[] shape) : this(name, null, shape)
    {
    }

    /// <param name="name">Its name in checkpoints.</param>
    /// <param name="device">The device whose tensor operations update it; null: host memory, updated by our kernels through the
    /// pointers.</param>
    /// <param name="shape">Its shape.</param>
    public TrainedTensor(string name, Device? device, params long[] shape)
    {
        Name = name;
        Shape = shape;
        this.device = device;
        (Value, FirstMoment, SecondMoment) = (Make(), Make(), Make());
        if (device is not null) return;
        // Asking a tensor for its address costs more than updating a row's bias; the memory does not move.
        ValueStart = TensorMemory.Pointer(Value);
        FirstStart = TensorMemory.Pointer(FirstMoment);
        SecondStart = TensorMemory.Pointer(SecondMoment);
    }

    public string Name { get; }

    public long[] Shape { get; }

    /// <summary>Whether our kernels may use its pointers.</summary>
    public bool InHostMemory => device is null;

    /// <summary>A factor on the learning rate.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>The lower limit that a step applies to every value.</summary>
    public float Minimum { get; init; } = float.NegativeInfinity;

    public Tensor Value { get; }

    /// <summary>Allocated on first use; the sparse engine has none.</summary>
    public Tensor Gradient => gradient ??= Make();

    public Tensor FirstMoment { get; }

    public Tensor SecondMoment { get; }

    /// <summary>The first value; null for a tensor on a device.</summary>
    public float* ValueStart { get; }

    public float* GradientStart => TensorMemory.Pointer(Gradient);

    public float* FirstStart { get; }

    public float* SecondStart { get; }

    public void Dispose()
    {
        Value.Dispose();
        gradient?.Dispose();
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    private Tensor Make() => zeros(Shape, ScalarType.Float32, device).DetachFromDisposeScope();
}

/// <summary>The tensors of an SAE in training, of any element type, as formulas use them.</summary>
/// <param name="Encoder">W_encᵀ [F, d]; of a gated SAE W_gateᵀ.</param>
/// <param name="EncoderBias">b_enc [F]; of a gated SAE b_gate.</param>
/// <param name="Decoder">W_dec [F, d], rows of norm 1.</param>
/// <param name="DecoderBias">b_dec [d].</param>
/// <param name="Extra">[F] each, in the order of <see cref="Architecture.ExtraTensors"/>.</param>
internal sealed record SaeWeights(Tensor Encoder, Tensor EncoderBias, Tensor Decoder, Tensor DecoderBias, IReadOnlyList<Tensor> Extra)
{
    public int Latents => (int)Decoder.size(0);

    public int Width => (int)Decoder.size(1);

    public IReadOnlyList<Tensor> All => [Encoder, EncoderBias, Decoder, DecoderBias, .. Extra];

    /// <summary>A state's values, sharing its memory.</summary>
    public static SaeWeights Of(TrainingState state) => new(
        state.Encoder.Value, state.EncoderBias.Value, state.Decoder.Value, state.DecoderBias.Value,
        [.. state.Extra.Select(tensor => tensor.Value)]);

    /// <summary>The same values in host memory; shares the memory if they are there already.</summary>
    public SaeWeights InHostMemory() =>
        new(Encoder.cpu(), EncoderBias.cpu(), Decoder.cpu(), DecoderBias.cpu(), [.. Extra.Select(tensor => tensor.cpu())]);

    /// <summary>The same values as leaves that record gradients.</summary>
    public SaeWeights AsLeaves()
    {
        static Tensor Leaf(Tensor tensor) => tensor.detach().requires_grad_();
        return new(Leaf(Encoder), Leaf(EncoderBias), Leaf(Decoder), Leaf(DecoderBias), [.. Extra.Select(Leaf)]);
    }

    /// <summary>h = x − b_dec for inputs [n, d].</summary>
    public Tensor Centre(Tensor x) => x.sub(DecoderBias);

    /// <summary>p = (x − b_dec)·W_enc + b_enc [n, F] for inputs [n, d].</summary>
    public Tensor PreActivations(Tensor x) => Centre(x).mm(Encoder.t()).Add(EncoderBias);

    /// <summary>x̂ = f·W_dec + b_dec [n, d] for latents [n, F].</summary>
    public Tensor Decode(Tensor latents) => latents.mm(Decoder).Add(DecoderBias);
}

/// <summary>
/// The exponential moving average (0.999) over steps of the smallest value that a batch's selection kept. BatchTopK uses it as the
/// threshold of single columns (Bussmann, Leask, Nanda 2024). Bias-corrected: after the first step it is that step's value, and a short run
/// is not pulled towards 0.
/// </summary>
internal sealed class ThresholdAverage
{
    private const double Decay = 0.999;

    /// <summary>Σ (1 − 0.999)·0.999^age·value, in float32, as in a checkpoint.</summary>
    public float Sum { get; private set; }

    /// <summary>Number of values added.</summary>
    public long Count { get; private set; }

    /// <summary>The average, or what <see cref="Fix"/> set; 0 before the first value.</summary>
    public double Value => replacement ?? (Count == 0 ? 0 : Sum / (1 - Math.Pow(Decay, Count)));

    private double? replacement;

    public void Add(double value)
    {
        Sum = (float)(Decay * Sum + (1 - Decay) * value);
        Count++;
    }

    /// <summary>Replaces the average by a threshold measured at the end of a run.</summary>
    public void Fix(double value) => replacement = value;

    /// <summary>Restores the average from a checkpoint.</summary>
    public void Restore(float sum, long count) => (Sum, Count) = (sum, count);
}
