using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// What the stages of a sparse step share about one batch of columns: centred inputs, active latents, errors. Columns are cut into blocks;
/// each block keeps its own sums, which are added in the blocks' order, so that results do not depend on the number of threads.
/// </summary>
internal sealed unsafe class SparseBatch : IDisposable
{
    /// <param name="capacity">The largest number of columns.</param>
    /// <param name="width">d.</param>
    /// <param name="latents">F.</param>
    /// <param name="groups">Sizes of the groups of latents whose every prefix reconstructs (Matryoshka); otherwise one group.</param>
    public SparseBatch(int capacity, int width, int latents, IReadOnlyList<int> groups)
    {
        (Capacity, Columns, Width, Latents) = (capacity, capacity, width, latents);
        GroupEnds = new int[groups.Count];
        for (var (g, end) = (0, 0); g < groups.Count; g++)
            GroupEnds[g] = end += groups[g];
        // Enough columns for the product to run at full speed, few enough for all workers to have some.
        BlockRows = capacity >= 4096 ? 1024 : 256;
        Error = Make(capacity, width);
        GroupError = groups.Count == 1 ? Error : Make((long)capacity * groups.Count, width);
        Lists = Enumerable.Range(0, Blocks).Select(_ => new LatentList(BlockRows)).ToArray();
        Sums = Enumerable.Range(0, Blocks).Select(_ => new BlockSum(width)).ToArray();
    }

    public int Capacity { get; }

    /// <summary>B, at most <see cref="Capacity"/>.</summary>
    public int Columns { get; private set; }

    public int Width { get; }

    public int Latents { get; }

    /// <summary>Columns of a block; the last may have fewer.</summary>
    public int BlockRows { get; }

    public int Blocks => (Columns + BlockRows - 1) / BlockRows;

    /// <summary>The first latent after each group.</summary>
    public int[] GroupEnds { get; }

    public int Groups => GroupEnds.Length;

    /// <summary>h = x − b_dec [B, d]: the inputs' own tensor, centred in place.</summary>
    public Tensor Centred { get; private set; } = null!;

    /// <summary>e = x − x̂ [B, d].</summary>
    public Tensor Error { get; }

    /// <summary>
    /// [B · groups, d]: the error that a group's latents are trained on, the mean over all prefixes of the errors of those that contain the
    /// group. With one group it is <see cref="Error"/>.
    /// </summary>
    public Tensor GroupError { get; }

    /// <summary>The active latents, one list per block.</summary>
    public LatentList[] Lists { get; }

    /// <summary>One per block.</summary>
    public BlockSum[] Sums { get; }

    /// <summary>Begins a batch: subtracts b_dec from the inputs [B, d] in place and clears the sums.</summary>
    public void Centre(Tensor inputs, TrainingState state, WorkerTeam team)
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

    /// <summary>A block's first column and number of columns.</summary>
    public (int First, int Rows) Block(int block) => (block * BlockRows, Math.Min(BlockRows, Columns - block * BlockRows));

    /// <summary>The batch's figures, once it is reconstructed.</summary>
    public StepOutcome Outcome()
    {
        var (error, prefixes, input, active) = (0.0, 0.0, 0.0, 0L);
        var mean = new double[Width];
        foreach (var block in Sums.AsSpan(0, Blocks))
        {
            error += block.SquaredError;
            prefixes += block.SquaredPrefixErrors;
            input += block.SquaredInput;
            active += block.Active;
            for (var d = 0; d < mean.Length; d++)
                mean[d] += block.Input[d];
        }
        return new StepOutcome
        {
            Columns = Columns,
            SquaredError = error,
            Variance = input - mean.Sum(value => value * value) / Columns,
            Active = active,
            ExtraLoss = (prefixes / Groups - error) / Columns,
        };
    }

    public void Dispose()
    {
        Error.Dispose();
        if (Groups > 1)
            GroupError.Dispose();
        foreach (var list in Lists)
            list.Dispose();
    }

    private static Tensor Make(long rows, int width) => empty([rows, width], ScalarType.Float32).DetachFromDisposeScope();
}

/// <summary>One block's sums.</summary>
internal sealed class BlockSum(int width)
{
    public double SquaredError { get; set; }

    public double SquaredInput { get; set; }

    /// <summary>Σ over prefixes of ‖e_prefix‖²; equal to <see cref="SquaredError"/> with one group.</summary>
    public double SquaredPrefixErrors { get; set; }

    public long Active { get; set; }

    /// <summary>Σ e [d].</summary>
    public float[] Error { get; } = GC.AllocateArray<float>(width, pinned: true);

    /// <summary>Σ of the first group's error [d]: the gradient of b_dec.</summary>
    public float[] GroupError { get; } = GC.AllocateArray<float>(width, pinned: true);

    /// <summary>Σ (x − b_dec) [d].</summary>
    public float[] Input { get; } = GC.AllocateArray<float>(width, pinned: true);

    public void Clear()
    {
        (SquaredError, SquaredInput, SquaredPrefixErrors, Active) = (0, 0, 0, 0);
        Array.Clear(Error);
        Array.Clear(GroupError);
        Array.Clear(Input);
    }
}

/// <summary>The latents of a block's columns, column by column, in native memory that grows as needed.</summary>
internal sealed unsafe class LatentList(int columns) : IDisposable
{
    private int capacity;

    public int Count { get; private set; }

    /// <summary>[columns + 1]: where each column's latents begin.</summary>
    public int[] Starts { get; } = new int[columns + 1];

    /// <summary>[columns]: how many of a column's latents are active. They come first; the others are near their threshold.</summary>
    public int[] Active { get; } = new int[columns];

    /// <summary>Latent numbers, ascending among a column's active ones and among its others.</summary>
    public int* Latents { get; private set; }

    /// <summary>Pre-activations p; f where active.</summary>
    public float* Values { get; private set; }

    /// <summary>∂L/∂f.</summary>
    public float* Deltas { get; private set; }

    public void Clear() => Count = 0;

    /// <summary>Drops all entries after the first <paramref name="count"/>.</summary>
    public void Truncate(int count) => Count = Math.Min(Count, count);

    public void Add(int latent, float value)
    {
        if (Count == capacity)
            Grow();
        Latents[Count] = latent;
        Values[Count++] = value;
    }

    /// <summary>Ends a column; all latents added since the last one are active in it.</summary>
    public void EndColumn(int column)
    {
        Active[column] = Count - Starts[column];
        Starts[column + 1] = Count;
    }

    /// <summary>Keeps the latents whose values satisfy <paramref name="keep"/>, which is called in the list's order.</summary>
    public void Filter(int rows, Predicate<float> keep)
    {
        var (kept, from) = (0, 0);
        for (var column = 0; column < rows; column++)
        {
            var end = Starts[column + 1];
            var before = kept;
            for (var i = from; i < end; i++)
            {
                if (!keep(Values[i]))
                    continue;
                (Latents[kept], Values[kept]) = (Latents[i], Values[i]);
                kept++;
            }
            from = end;
            Starts[column + 1] = kept;
            Active[column] = kept - before;
        }
        Count = kept;
    }

    public void Dispose()
    {
        NativeMemory.Free(Latents);
        NativeMemory.Free(Values);
        NativeMemory.Free(Deltas);
        Latents = null;
        Values = Deltas = null;
        capacity = Count = 0;
    }

    private void Grow()
    {
        capacity = Math.Max(4096, checked(capacity * 2));
        var bytes = (nuint)capacity * sizeof(float);
        Latents = (int*)NativeMemory.Realloc(Latents, bytes);
        Values = (float*)NativeMemory.Realloc(Values, bytes);
        Deltas = (float*)NativeMemory.Realloc(Deltas, bytes);
    }
}

/// <summary>
/// A batch's active latents regrouped by latent: the columns each is active in, ascending, with what its gradients need of them.
/// </summary>
internal sealed unsafe class ColumnsByLatent(int latents)
{
    private readonly int[] cursors = new int[latents];
    private int[] columns = [], errorRows = [];
    private float[] values = [], deltas = [];

    /// <summary>[F + 1]: where each latent's entries begin.</summary>
    public int[] Starts { get; } = new int[latents + 1];

    public int* Columns => (int*)Unsafe.AsPointer(ref columns[0]);

    /// <summary>Rows of <see cref="SparseBatch.GroupError"/>.</summary>
    public int* ErrorRows => (int*)Unsafe.AsPointer(ref errorRows[0]);

    /// <summary>−2/B·f.</summary>
    public float* ScaledValues => (float*)Unsafe.AsPointer(ref values[0]);

    /// <summary>∂L/∂f.</summary>
    public float* Deltas => (float*)Unsafe.AsPointer(ref deltas[0]);

    /// <summary>Fills everything from a reconstructed batch, by counting sort.</summary>
    public void Regroup(SparseBatch batch)
    {
        Array.Clear(Starts);
        for (var block = 0; block < batch.Blocks; block++)
        {
            var list = batch.Lists[block];
            for (var row = 0; row < batch.Block(block).Rows; row++)
            {
                var from = list.Starts[row];
                for (var i = from; i < from + list.Active[row]; i++)
                    Starts[list.Latents[i] + 1]++;
            }
        }
        for (var j = 0; j < latents; j++)
            Starts[j + 1] += Starts[j];

        Reserve(Starts[latents]);
        Array.Copy(Starts, cursors, latents);
        for (var block = 0; block < batch.Blocks; block++)
            Place(batch, block);
    }

    private void Place(SparseBatch batch, int block)
    {
        var list = batch.Lists[block];
        var (first, count) = batch.Block(block);
        for (var row = 0; row < count; row++)
        {
            var from = list.Starts[row];
            var group = 0;
            for (var i = from; i < from + list.Active[row]; i++)
            {
                var latent = list.Latents[i];
                while (latent >= batch.GroupEnds[group])
                    group++;
                var place = cursors[latent]++;
                columns[place] = first + row;
                errorRows[place] = (first + row) * batch.Groups + group;
                values[place] = -2f / batch.Columns * list.Values[i];
                deltas[place] = list.Deltas[i];
            }
        }
    }

    private void Reserve(int count)
    {
        if (columns.Length >= Math.Max(1, count))
            return;
        var size = Math.Max(1024, checked(count + count / 2));
        columns = GC.AllocateUninitializedArray<int>(size, pinned: true);
        errorRows = GC.AllocateUninitializedArray<int>(size, pinned: true);
        values = GC.AllocateUninitializedArray<float>(size, pinned: true);
        deltas = GC.AllocateUninitializedArray<float>(size, pinned: true);
    }
}
