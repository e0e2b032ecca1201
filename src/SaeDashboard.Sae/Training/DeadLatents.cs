using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// AuxK (Gao et al. 2024): latents that have not been active for a window reconstruct the error e that the others leave, with the k_aux =
/// min(d/2, dead) largest of their raw pre-activations p (no ReLU: one that is always negative would never get a gradient): L_aux = c·Σ‖e −
/// ê‖² / Σ‖e − ē‖², ê = p·W_dec without b_dec. e is a constant; the gradient reaches decoder, encoder and encoder bias.
/// </summary>
internal sealed unsafe class DeadLatents : IDisposable
{
    private readonly StepBuffers buffers;
    private readonly WorkerTeam team;
    private readonly int[] numbers;
    private readonly Tensor kept;
    private readonly float* keptStart;

    private DeadLatents(StepBuffers buffers, WorkerTeam team, int[] numbers)
    {
        this.buffers = buffers;
        this.team = team;
        this.numbers = numbers;
        kept = empty([buffers.Batch, numbers.Length], ScalarType.Float32).DetachFromDisposeScope();
        keptStart = TensorMemory.Pointer(kept);
        SlotOf = new int[buffers.Latents];
        Array.Fill(SlotOf, -1);
        for (var i = 0; i < numbers.Length; i++)
            SlotOf[numbers[i]] = i;
    }

    public int Count => numbers.Length;

    /// <summary>[F]: a latent's row in the gradients below, or −1.</summary>
    public int[] SlotOf { get; }

    /// <summary>[dead, d], after <see cref="Gradients"/>.</summary>
    public float[] DecoderGradient { get; private set; } = [];

    /// <summary>[dead, d]</summary>
    public float[] EncoderGradient { get; private set; } = [];

    /// <summary>[dead]</summary>
    public float[] BiasGradient { get; private set; } = [];

    /// <summary>The latents that are dead by now, or null when there are none.</summary>
    public static DeadLatents? Find(TrainingState state, long window, StepBuffers buffers, WorkerTeam team)
    {
        var numbers = Enumerable.Range(0, state.Latents).Where(j => state.ColumnsSinceActive[j] >= window).ToArray();
        return numbers.Length == 0 ? null : new DeadLatents(buffers, team, numbers);
    }

    /// <summary>Keeps the dead latents' pre-activations of a column, from its row [F].</summary>
    public void Keep(int column, float* preActivations)
    {
        var target = keptStart + (long)column * numbers.Length;
        for (var i = 0; i < numbers.Length; i++)
            target[i] = preActivations[numbers[i]];
    }

    /// <summary>Computes the gradients of c·Σ‖e − ê‖² / Σ‖e − ē‖² from what the forward pass left; returns the loss without c.</summary>
    public double Gradients(TrainingState state, double coefficient)
    {
        using var scope = NewDisposeScope();
        var index = tensor(Array.ConvertAll(numbers, number => (long)number));
        var decoder = state.Decoder.Value.index_select(0, index);
        var parts = new (double Squares, float[] Decoder, float[] Encoder, float[] Bias)[buffers.Blocks];
        team.Run(buffers.Blocks, (_, block) => parts[block] = BlockGradients(decoder, block));

        DecoderGradient = new float[numbers.Length * buffers.Width];
        EncoderGradient = new float[numbers.Length * buffers.Width];
        BiasGradient = new float[numbers.Length];
        var squares = 0.0;
        foreach (var part in parts)
        {
            squares += part.Squares;
            AddTo(DecoderGradient, part.Decoder);
            AddTo(EncoderGradient, part.Encoder);
            AddTo(BiasGradient, part.Bias);
        }

        var variance = ErrorVariance();
        var factor = variance > 0 ? (float)(2 * coefficient / variance) : 0;
        foreach (var gradient in (float[][])[DecoderGradient, EncoderGradient, BiasGradient])
        {
            fixed (float* start = gradient)
                RowKernels.Scale(start, factor, gradient.Length);
        }
        return variance > 0 ? squares / variance : 0;
    }

    public void Dispose() => kept.Dispose();

    /// <summary>
    /// h r = ê − e: ∂/∂W_dec = pᵀr, ∂/∂p = r·W_decᵀ where chosen, ∂/∂W_enc rows = (∂/∂p)ᵀ(x − b_dec); all still without 2c/Σ‖e − ē‖².
    /// </summary>
    private (double Squares, float[] Decoder, float[] Encoder, float[] Bias) BlockGradients(Tensor decoder, int block)
    {
        using var scope = NewDisposeScope();
        var (first, rows) = buffers.Block(block);
        var p = kept.narrow(0, first, rows);
        Tensor? mask = null;
        var limit = Math.Max(1, buffers.Width / 2);
        if (numbers.Length > limit)
        {
            var (values, indices) = p.topk(limit, 1, true, false);
            mask = zeros([rows, numbers.Length], ScalarType.Float32).scatter_(1, indices, ones([rows, limit], ScalarType.Float32));
            p = zeros([rows, numbers.Length], ScalarType.Float32).scatter_(1, indices, values);
        }

        var difference = p.mm(decoder).sub(buffers.Error.narrow(0, first, rows));
        var gradient = difference.mm(decoder.t());
        if (mask is not null)
            gradient = gradient.mul(mask);
        return (
            difference.square().sum(ScalarType.Float64).item<double>(),
            Copy(p.t().mm(difference)),
            Copy(gradient.t().mm(buffers.Centred.narrow(0, first, rows))),
            Copy(gradient.sum([0])));
    }

    private double ErrorVariance()
    {
        var squares = 0.0;
        var sum = new double[buffers.Width];
        foreach (var block in buffers.BlockSums.AsSpan(0, buffers.Blocks))
        {
            squares += block.SquaredError;
            for (var d = 0; d < sum.Length; d++)
                sum[d] += block.Error[d];
        }
        return squares - sum.Sum(value => value * value) / buffers.Batch;
    }

    private static float[] Copy(Tensor tensor)
    {
        using var contiguous = tensor.contiguous();
        return TensorData.AsSpan(contiguous).ToArray();
    }

    private static void AddTo(float[] target, float[] part)
    {
        fixed (float* t = target, p = part)
            RowKernels.Add(t, 1, p, target.Length);
    }
}
