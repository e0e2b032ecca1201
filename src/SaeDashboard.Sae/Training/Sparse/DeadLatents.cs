using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// AuxK (Gao et al. 2024, arXiv:2406.04093): latents that were not active for a window of columns reconstruct the error e of the others
/// with their k_aux = min(d/2, dead) largest raw pre-activations p. L_aux = c·Σ‖e − ê‖² / Σ‖e − ē‖², ê = p·W_dec without b_dec. Raw,
/// without ReLU: otherwise a latent whose p is always negative would never get a gradient. e is a constant; the gradient reaches decoder,
/// encoder and encoder bias. The products are dense, but over the dead latents only.
/// </summary>
internal sealed unsafe class DeadLatents : IDisposable
{
    private const int LatentsPerPart = 128;
    private readonly int[] numbers;
    private readonly Tensor decoderGradient;
    private readonly Tensor encoderGradient;
    private readonly Tensor biasGradient;
    private float factor;

    private DeadLatents(TrainingState state, int[] numbers)
    {
        this.numbers = numbers;
        decoderGradient = empty([numbers.Length, state.Width], ScalarType.Float32).DetachFromDisposeScope();
        encoderGradient = empty([numbers.Length, state.Width], ScalarType.Float32).DetachFromDisposeScope();
        biasGradient = empty([numbers.Length], ScalarType.Float32).DetachFromDisposeScope();
        SlotOf = new int[state.Latents];
        Array.Fill(SlotOf, -1);
        for (var i = 0; i < numbers.Length; i++)
            SlotOf[numbers[i]] = i;
    }

    public int Count => numbers.Length;

    /// <summary>[F]: a latent's index among the dead ones, or −1.</summary>
    public int[] SlotOf { get; }

    /// <summary>The latents that have been inactive for <paramref name="window"/> columns; null when there are none.</summary>
    public static DeadLatents? Find(TrainingState state, long window)
    {
        var numbers = Enumerable.Range(0, state.Latents).Where(j => state.ColumnsSinceActive[j] >= window).ToArray();
        return numbers.Length == 0 ? null : new DeadLatents(state, numbers);
    }

    /// <summary>Computes the gradients of L_aux from a reconstructed batch; returns the loss without its coefficient c.</summary>
    public double ComputeGradients(TrainingState state, SparseBatch batch, double coefficient, WorkerTeam team)
    {
        using var scope = NewDisposeScope();
        var index = tensor(Array.ConvertAll(numbers, number => (long)number));
        var decoder = state.Decoder.Value.index_select(0, index);
        var encoder = state.Encoder.Value.index_select(0, index).t();
        var bias = state.EncoderBias.Value.index_select(0, index);
        long[] shape = [batch.Columns, numbers.Length];
        var (p, pGradient) = (empty(shape, ScalarType.Float32), empty(shape, ScalarType.Float32));
        var difference = empty([batch.Columns, batch.Width], ScalarType.Float32);
        var squares = new double[batch.Blocks];
        team.Run(batch.Blocks, (_, block) =>
        {
            var (first, rows) = batch.Block(block);
            Tensor Part(Tensor tensor) => tensor.narrow(0, first, rows);
            using var inner = NewDisposeScope();
            squares[block] = Block(
                decoder, bias.addmm(Part(batch.Centred), encoder), Part(batch.Error), Part(p), Part(pGradient), Part(difference));
        });

        // ∂/∂W_dec = pᵀr, ∂/∂W_encᵀ = (∂/∂p)ᵀh; the factor 2c/Σ‖e − ē‖² comes in CopyGradients.
        team.Run((numbers.Length + LatentsPerPart - 1) / LatentsPerPart, (_, part) =>
        {
            var first = part * LatentsPerPart;
            var count = Math.Min(LatentsPerPart, numbers.Length - first);
            using var inner = NewDisposeScope();
            var gradients = pGradient.narrow(1, first, count);
            decoderGradient.narrow(0, first, count).copy_(p.narrow(1, first, count).t().mm(difference));
            encoderGradient.narrow(0, first, count).copy_(gradients.t().mm(batch.Centred));
            biasGradient.narrow(0, first, count).copy_(gradients.sum([0]));
        });

        var variance = ErrorVariance(batch);
        factor = variance > 0 ? (float)(2 * coefficient / variance) : 0;
        return variance > 0 ? squares.Sum() / variance : 0;
    }

    /// <summary>Writes a latent's decoder and encoder gradient [d]; returns the gradient of its bias.</summary>
    public float CopyGradients(int slot, float* decoder, float* encoder, int width)
    {
        Copy(TensorMemory.Pointer(decoderGradient) + (long)slot * width, decoder, width);
        Copy(TensorMemory.Pointer(encoderGradient) + (long)slot * width, encoder, width);
        return factor * TensorMemory.Pointer(biasGradient)[slot];
    }

    public void Dispose()
    {
        decoderGradient.Dispose();
        encoderGradient.Dispose();
        biasGradient.Dispose();
    }

    /// <summary>Writes r = ê − e and, for the selected latents, p and ∂/∂p = r·W_decᵀ; returns Σ‖r‖².</summary>
    private double Block(Tensor decoder, Tensor raw, Tensor error, Tensor p, Tensor pGradient, Tensor difference)
    {
        var limit = Math.Max(1, (int)error.size(1) / 2);
        if (numbers.Length <= limit)
        {
            p.copy_(raw);
            difference.copy_(p.mm(decoder).sub_(error));
            pGradient.copy_(difference.mm(decoder.t()));
        }
        else
        {
            var (values, indices) = raw.topk(limit, 1, true, false);
            p.zero_().scatter_(1, indices, values);
            difference.copy_(p.mm(decoder).sub_(error));
            var all = difference.mm(decoder.t());
            pGradient.zero_().scatter_(1, indices, all.gather(1, indices));
        }
        return difference.Square().sum(ScalarType.Float64).item<double>();
    }

    private static double ErrorVariance(SparseBatch batch)
    {
        var squares = 0.0;
        var sum = new double[batch.Width];
        foreach (var block in batch.Sums.AsSpan(0, batch.Blocks))
        {
            squares += block.SquaredError;
            for (var d = 0; d < sum.Length; d++)
                sum[d] += block.Error[d];
        }
        return squares - sum.Sum(value => value * value) / batch.Columns;
    }

    private void Copy(float* source, float* target, int width)
    {
        for (var i = 0; i < width; i++)
            target[i] = factor * source[i];
    }
}
