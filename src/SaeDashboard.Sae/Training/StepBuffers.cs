using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// t the forward pass of a batch leaves for the gradients: per column the chosen latents, their values, the centred input and the error.
/// </summary>
internal sealed unsafe class StepBuffers : IDisposable
{
    private readonly int[] chosen;
    private readonly float[] values;
    private readonly float[] valueGradients;

    public StepBuffers(int batch, int width, int latents, int k, int workers)
    {
        (Batch, Width, Latents, K) = (batch, width, latents, k);
        Error = empty([batch, width], ScalarType.Float32).DetachFromDisposeScope();
        long[] block = [Math.Min(BlockRows, batch), latents];
        PreActivations = Enumerable.Range(0, workers).Select(_ => empty(block, ScalarType.Float32).DetachFromDisposeScope()).ToArray();
        chosen = GC.AllocateArray<int>(batch * k, pinned: true);
        values = GC.AllocateArray<float>(batch * k, pinned: true);
        valueGradients = GC.AllocateArray<float>(batch * k, pinned: true);
        Counts = new int[batch];
        BlockSums = Enumerable.Range(0, Blocks).Select(_ => new BlockSum(width)).ToArray();
    }

    /// <summary>
    /// umns a worker takes at a time: enough for the matrix product to run at full speed, few enough for its result to stay in cache.
    /// </summary>
    public const int BlockRows = 256;

    /// <summary>Columns of the batch at hand, at most as many as the buffers were made for.</summary>
    public int Batch { get; set; }

    public int Width { get; }

    public int Latents { get; }

    public int K { get; }

    public int Blocks => (Batch + BlockRows - 1) / BlockRows;

    /// <summary>x − b_dec [batch, d]: the batch's own tensor, centred in place.</summary>
    public Tensor Centred { get; set; } = null!;

    /// <summary>x − x̂ [batch, d].</summary>
    public Tensor Error { get; }

    /// <summary>One scratch [rows of a block, F] per worker.</summary>
    public Tensor[] PreActivations { get; }

    /// <summary>[batch]: how many latents each column has.</summary>
    public int[] Counts { get; }

    /// <summary>One per block; only the first <see cref="Blocks"/> belong to the batch at hand.</summary>
    public BlockSum[] BlockSums { get; }

    /// <summary>[batch, k], of which the first <see cref="Counts"/> of a row hold: latents' numbers.</summary>
    public int* Chosen => (int*)Unsafe.AsPointer(ref chosen[0]);

    /// <summary>[batch, k]: their values f.</summary>
    public float* Values => (float*)Unsafe.AsPointer(ref values[0]);

    /// <summary>[batch, k]: ∂L/∂f.</summary>
    public float* ValueGradients => (float*)Unsafe.AsPointer(ref valueGradients[0]);

    /// <summary>The first row of a block and how many it has.</summary>
    public (int First, int Rows) Block(int block) => (block * BlockRows, Math.Min(BlockRows, Batch - block * BlockRows));

    public void Dispose()
    {
        Error.Dispose();
        foreach (var tensor in PreActivations)
            tensor.Dispose();
    }

    /// <summary>One block's share of the sums over a batch, added up in the blocks' order afterwards.</summary>
    internal sealed class BlockSum(int width)
    {
        public double SquaredError { get; set; }

        public double SquaredInput { get; set; }

        public long Active { get; set; }

        /// <summary>Σ e [d].</summary>
        public float[] Error { get; } = GC.AllocateArray<float>(width, pinned: true);

        /// <summary>Σ (x − b_dec) [d].</summary>
        public float[] Input { get; } = GC.AllocateArray<float>(width, pinned: true);
    }
}
