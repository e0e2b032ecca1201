using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// What the parts of a sparse step hand to one another about a batch of columns: centred inputs, latents, errors. Work is cut into blocks of
/// columns whose sums are added up in the blocks' order, so that results do not depend on who computed them.
/// </summary>
internal sealed unsafe class SparseBatch : IDisposable
{
    /// <param name="capacity">Columns it has room for.</param>
    /// <param name="width">d.</param>
    /// <param name="latents">F.</param>
    /// <param name="groups">Sizes of the groups of latents of which every prefix reconstructs; one group: only all of them do.</param>
    public SparseBatch(int capacity, int width, int latents, IReadOnlyList<int> groups)
    {
        (Capacity, Columns, Width, Latents) = (capacity, capacity, width, latents);
        GroupEnds = new int[groups.Count];
        for (var (g, end) = (0, 0); g < groups.Count; g++)
            GroupEnds[g] = end += groups[g];
        // Enough columns for the product to run at full speed, few enough for all workers to have some.
        BlockRows = capacity >= 4096 ? 1024 : 256;
        Error = Make(capacity, width);
        Pull = groups.Count == 1 ? Error : Make((long)capacity * groups.Count, width);
        Lists = Enumerable.Range(0, Blocks).Select(_ => new LatentList(BlockRows)).ToArray();
        Sums = Enumerable.Range(0, Blocks).Select(_ => new BlockSum(width)).ToArray();
    }

    public int Capacity { get; }

    /// <summary>Columns at hand, at most as many as there is room for.</summary>
    public int Columns { get; private set; }

    public int Width { get; }

    public int Latents { get; }

    /// <summary>Columns of a block; the last may have fewer.</summary>
    public int BlockRows { get; }

    public int Blocks => (Columns + BlockRows - 1) / BlockRows;

    /// <summary>The first latent after each group.</summary>
    public int[] GroupEnds { get; }

    public int Groups => GroupEnds.Length;

    /// <summary>h = x − b_dec [columns, d]: the batch's own tensor, centred in place.</summary>
    public Tensor Centred { get; private set; } = null!;

    /// <summary>e = x − x̂ [columns, d].</summary>
    public Tensor Error { get; }

    /// <summary>
    /// [columns · groups, d]: what pulls on the latents of a column's group: the mean over all prefixes of the errors, taken as 0 where the
    /// prefix does not reach the group. With one group the error itself.
    /// </summary>
    public Tensor Pull { get; }

    /// <summary>One per block.</summary>
    public LatentList[] Lists { get; }

    /// <summary>One per block.</summary>
    public BlockSum[] Sums { get; }

    /// <summary>Takes a batch [columns, d], which is overwritten by x − b_dec.</summary>
    public void Take(Tensor inputs, TrainingState state, WorkerTeam team)
    {
        Columns = (int)inputs.size(0);
        Centred = inputs;
        var start = TensorMemory.Pointer(inputs);
        var bias = state.DecoderBias.ValueStart;
        team.Run(Blocks, (_, block) =>
        {
            var (first, rows) = Block(block);
            var sum = Sums[block];
            sum.Clear();
            fixed (float* input = sum.Input)
            {
                for (var row = first; row < first + rows; row++)
                {
                    var h = start + (long)row * Width;
                    RowKernels.Add(h, -1, bias, Width);
                    RowKernels.Add(input, 1, h, Width);
                    sum.SquaredInput += RowKernels.Dot(h, h, Width);
                }
            }
        });
    }

    /// <summary>The first column of a block and how many it has.</summary>
    public (int First, int Rows) Block(int block) => (block * BlockRows, Math.Min(BlockRows, Columns - block * BlockRows));

    public void Dispose()
    {
        Error.Dispose();
        if (Groups > 1)
            Pull.Dispose();
        foreach (var list in Lists)
            list.Dispose();
    }

    private static Tensor Make(long rows, int width) => empty([rows, width], ScalarType.Float32).DetachFromDisposeScope();
}
