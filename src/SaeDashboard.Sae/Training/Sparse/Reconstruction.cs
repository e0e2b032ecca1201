namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// x̂ = f·W_dec + b_dec, e = x − x̂ and, in the same pass over a column's decoder rows, δ_j = ∂/∂f_j of Σ_prefixes ‖e_prefix‖²/(prefixes·B):
/// −2/B·(the mean of the errors of the prefixes that hold j)·W_dec[j]. With one group of latents that is L = Σ‖e‖²/B.
/// </summary>
internal sealed unsafe class Reconstruction(SparseBatch batch, WorkerTeam team)
{
    private readonly float[][] negatives = Enumerable.Range(0, team.Size).Select(_ => new float[batch.Latents]).ToArray();

    /// <summary>Fills errors, pulls and, where wanted, deltas.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="deltas">Whether gradients follow.</param>
    public StepOutcome Run(TrainingState state, bool deltas)
    {
        team.Run(batch.Blocks, (worker, block) => RunBlock(state.Decoder.ValueStart, negatives[worker], block, deltas));
        return Sum();
    }

    private void RunBlock(float* decoder, float[] negative, int block, bool deltas)
    {
        var width = batch.Width;
        var groups = batch.Groups;
        var (first, rows) = batch.Block(block);
        var list = batch.Lists[block];
        var sum = batch.Sums[block];
        var centred = TensorMemory.Pointer(batch.Centred) + (long)first * width;
        var errors = TensorMemory.Pointer(batch.Error) + (long)first * width;
        var pulls = TensorMemory.Pointer(batch.Pull) + (long)first * groups * width;
        fixed (float* minus = negative, errorSum = sum.Error, pullSum = sum.Pull)
        {
            for (var row = 0; row < rows; row++)
            {
                var (from, active) = (list.Starts[row], list.Active[row]);
                var numbers = list.Numbers + from;
                var values = list.Values + from;
                var h = centred + (long)row * width;
                var e = errors + (long)row * width;
                var pull = pulls + (long)row * groups * width;
                for (var i = 0; i < active; i++)
                    minus[i] = -values[i];
                if (groups == 1)
                    RowKernels.SumRows(e, h, decoder, numbers, minus, active, width);
                else
                    Prefixes(h, pull, e, decoder, numbers, minus, active, sum);
                var squares = RowKernels.Dot(e, e, width);
                sum.SquaredError += squares;
                sum.Active += active;
                if (groups == 1)
                    sum.SquaredPrefixErrors += squares;
                if (!deltas)
                    continue;
                RowKernels.Add(errorSum, 1, e, width);
                RowKernels.Add(pullSum, 1, pull, width);
                Deltas(list, from, list.Starts[row + 1], active, pull, decoder);
            }
        }
    }

    private void Deltas(LatentList list, int from, int end, int active, float* pull, float* decoder)
    {
        var group = 0;
        for (var i = from; i < end; i++)
        {
            var number = list.Numbers[i];
            // What is only near its threshold begins anew with the smallest number; it exists with one group alone.
            group = i == from + active ? 0 : group;
            while (number >= batch.GroupEnds[group])
                group++;
            list.Deltas[i] = -2f / batch.Columns * RowKernels.Dot(pull + (long)group * batch.Width, decoder + (long)number * batch.Width, batch.Width);
        }
    }

    /// <summary>Each prefix's error is the shorter one's less what its group adds; a group's pull is the mean of those that reach it.</summary>
    private void Prefixes(float* h, float* pull, float* e, float* decoder, int* numbers, float* minus, int active, BlockSum sum)
    {
        var width = batch.Width;
        var place = 0;
        for (var g = 0; g < batch.Groups; g++)
        {
            var from = place;
            while (place < active && numbers[place] < batch.GroupEnds[g])
                place++;
            var error = pull + (long)g * width;
            RowKernels.SumRows(error, g == 0 ? h : error - width, decoder, numbers + from, minus + from, place - from, width);
            sum.SquaredPrefixErrors += RowKernels.Dot(error, error, width);
        }
        new ReadOnlySpan<float>(pull + (long)(batch.Groups - 1) * width, width).CopyTo(new Span<float>(e, width));
        for (var g = batch.Groups - 2; g >= 0; g--)
            RowKernels.Add(pull + (long)g * width, 1, pull + (long)(g + 1) * width, width);
        RowKernels.Scale(pull, 1f / batch.Groups, batch.Groups * width);
    }

    private StepOutcome Sum()
    {
        var (error, prefixes, input, active) = (0.0, 0.0, 0.0, 0L);
        var mean = new double[batch.Width];
        foreach (var block in batch.Sums.AsSpan(0, batch.Blocks))
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
            Columns = batch.Columns,
            SquaredError = error,
            Variance = input - mean.Sum(value => value * value) / batch.Columns,
            Active = active,
            ExtraLoss = (prefixes / batch.Groups - error) / batch.Columns,
        };
    }
}
