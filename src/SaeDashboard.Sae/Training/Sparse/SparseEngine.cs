using System.Runtime.CompilerServices;
using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// Computes training steps by hand, over the active latents only. The file reads from top to bottom in the order of a step, see
/// <see cref="Step"/>: selection, reconstruction, gradients, Adam. The encoder's product is the only dense one, and no gradient tensor
/// exists: a latent's row is updated as soon as its gradient is summed. Work is cut into fixed blocks whose sums are added in order, so
/// results do not depend on the number of threads. Columns B, width d, latents F; W_encᵀ and W_dec are [F, d].
/// </summary>
internal sealed unsafe class SparseEngine : ITrainingEngine
{
    private const int LatentsPerBlock = 64;

    /// <summary>Columns of the next latent that are prefetched. More would evict what is needed first.</summary>
    private const int MaxPrefetched = 16;

    private readonly TrainConfig config;
    private readonly WorkerTeam team;
    private readonly Architecture architecture;
    private readonly AdamOptimizer adam;
    private readonly SparseBatch batch;
    private readonly LatentSelection selection;
    private readonly ThresholdGradient? thresholds;
    private readonly ColumnsByLatent byLatent;
    private readonly int latentBlocks;

    // A worker's scratch memory: −f of one column [F]; the decoder and encoder gradient of one latent [2·d].
    private readonly float[][] negatedLatents, gradientRows;

    // A block of latents' share of ∂L/∂b_dec [blocks, d], and of the squared gradient norm.
    private readonly float[] decoderBiasParts;
    private readonly double[] squares;

    // Evaluation batches may have another size than training batches.
    private SparseBatch? evaluationBatch;
    private LatentSelection? evaluationSelection;

    public SparseEngine(TrainConfig config, int width, WorkerTeam team)
    {
        (this.config, this.team) = (config, team);
        architecture = Architecture.Of(config);
        adam = new AdamOptimizer(config, team);
        var groups = config.Architecture == TrainArchitecture.Matryoshka ? MatryoshkaArchitecture.Groups(config.Latents) : [config.Latents];
        batch = new SparseBatch(config.Batch, width, config.Latents, groups);
        CandidateWeights = config.Candidates == TrainCandidates.BFloat16 ? new BFloat16Weights(config.Latents, width) : null;
        selection = CreateSelection(batch, CandidateWeights);
        thresholds = architecture is JumpReluArchitecture jump ? new ThresholdGradient(config.Latents, jump.Bandwidth, config.K) : null;
        byLatent = new ColumnsByLatent(config.Latents);
        latentBlocks = (config.Latents + LatentsPerBlock - 1) / LatentsPerBlock;
        negatedLatents = [.. Enumerable.Range(0, team.Size).Select(_ => new float[config.Latents])];
        gradientRows = [.. Enumerable.Range(0, team.Size).Select(_ => GC.AllocateArray<float>(2 * width, pinned: true))];
        decoderBiasParts = GC.AllocateArray<float>(latentBlocks * width, pinned: true);
        squares = new double[latentBlocks];
    }

    /// <summary>The encoder in bfloat16, by which candidates are found; null: they are found in float32.</summary>
    public BFloat16Weights? CandidateWeights { get; }

    public TrainingState CreateState(int width) => new(width, config.Latents, architecture.ExtraTensors(config.Latents));

    public void InitializeThresholds(TrainingState state, Tensor sample) => architecture.InitializeThresholds(SaeWeights.Of(state), sample);

    public StepOutcome Step(TrainingState state, Tensor inputs, double learningRate)
    {
        // Forward: h = x − b_dec, the active latents f, the error e = x − x̂ and δ = ∂L/∂f.
        using var dead = config.AuxCoefficient > 0 ? DeadLatents.Find(state, config.DeadWindowColumns()) : null;
        var sparsity = config.SparsityWeight(state.Step);
        batch.Centre(inputs, state, team);
        selection.SelectForTraining(state, batch);
        var outcome = Reconstruct(state, batch, withDeltas: true);
        outcome = outcome with { Dead = dead?.Count ?? 0, ExtraLoss = outcome.ExtraLoss + (thresholds?.Penalty(outcome, sparsity) ?? 0) };
        if (!outcome.IsFinite)
        {
            state.GradientNorm = double.NaN;
            return outcome;
        }

        // AuxK: dead latents are trained to reconstruct the error.
        if (dead is not null)
            outcome = outcome with { AuxLoss = dead.ComputeGradients(state, batch, config.AuxCoefficient, team) };

        // Backward and Adam: thresholds, then encoder, encoder bias and decoder latent by latent, then the decoder bias.
        var step = adam.At(state, learningRate);
        var thresholdSquares = thresholds?.Update(state.Extra[0], batch, outcome, sparsity, step) ?? 0;
        byLatent.Regroup(batch);
        CountActivations(state);
        team.Run(latentBlocks, (worker, block) => UpdateLatents(state, dead, step, Start(gradientRows[worker]), block));
        CandidateWeights?.MarkCurrent(state);
        state.GradientNorm = Math.Sqrt(thresholdSquares + (squares.Sum() + UpdateDecoderBias(state, step)));
        return outcome;
    }

    /// <summary>
    /// x̂ = f·W_dec + b_dec, e = x − x̂ and, with <paramref name="withDeltas"/>, in the same pass over a column's decoder rows δ_j = ∂/∂f_j
    /// of Σ_prefixes ‖e_prefix‖²/(prefixes·B) = −2/B·(mean of the errors of the prefixes that contain j)·W_dec[j]. With one group of
    /// latents the loss is Σ‖e‖²/B.
    /// </summary>
    private StepOutcome Reconstruct(TrainingState state, SparseBatch input, bool withDeltas)
    {
        team.Run(input.Blocks, (worker, block) => ReconstructBlock(input, state.Decoder.ValueStart, negatedLatents[worker], block, withDeltas));
        return input.Outcome();
    }

    private static void ReconstructBlock(SparseBatch batch, float* decoder, float[] negated, int block, bool withDeltas)
    {
        var width = batch.Width;
        var groups = batch.Groups;
        var (first, rows) = batch.Block(block);
        var list = batch.Lists[block];
        var sum = batch.Sums[block];
        var centred = TensorMemory.Pointer(batch.Centred) + (long)first * width;
        var errors = TensorMemory.Pointer(batch.Error) + (long)first * width;
        var groupErrors = TensorMemory.Pointer(batch.GroupError) + (long)first * groups * width;
        fixed (float* minus = negated, errorSum = sum.Error, groupErrorSum = sum.GroupError)
        {
            for (var row = 0; row < rows; row++)
            {
                var (from, active) = (list.Starts[row], list.Active[row]);
                var latents = list.Latents + from;
                var values = list.Values + from;
                var h = centred + (long)row * width;
                var e = errors + (long)row * width;
                var groupError = groupErrors + (long)row * groups * width;
                for (var i = 0; i < active; i++)
                    minus[i] = -values[i];
                if (groups == 1)
                    RowKernels.SumRows(e, h, decoder, latents, minus, active, width);
                else
                    ReconstructPrefixes(batch, h, groupError, e, decoder, latents, minus, active, sum);
                var error = RowKernels.Dot(e, e, width);
                sum.SquaredError += error;
                sum.Active += active;
                if (groups == 1)
                    sum.SquaredPrefixErrors += error;
                if (!withDeltas)
                    continue;
                RowKernels.Add(errorSum, 1, e, width);
                RowKernels.Add(groupErrorSum, 1, groupError, width);
                ComputeDeltas(batch, list, from, list.Starts[row + 1], active, groupError, decoder);
            }
        }
    }

    /// <summary>
    /// Matryoshka: a prefix's error is that of the next shorter prefix minus what the added group reconstructs. A group's error is the mean
    /// of the errors of all prefixes that contain it, 0 for those that do not.
    /// </summary>
    private static void ReconstructPrefixes(
        SparseBatch batch, float* h, float* groupError, float* e, float* decoder, int* latents, float* minus, int active, BlockSum sum)
    {
        var width = batch.Width;
        var place = 0;
        for (var g = 0; g < batch.Groups; g++)
        {
            var from = place;
            while (place < active && latents[place] < batch.GroupEnds[g])
                place++;
            var error = groupError + (long)g * width;
            RowKernels.SumRows(error, g == 0 ? h : error - width, decoder, latents + from, minus + from, place - from, width);
            sum.SquaredPrefixErrors += RowKernels.Dot(error, error, width);
        }
        new ReadOnlySpan<float>(groupError + (long)(batch.Groups - 1) * width, width).CopyTo(new Span<float>(e, width));
        for (var g = batch.Groups - 2; g >= 0; g--)
            RowKernels.Add(groupError + (long)g * width, 1, groupError + (long)(g + 1) * width, width);
        RowKernels.Scale(groupError, 1f / batch.Groups, batch.Groups * width);
    }

    private static void ComputeDeltas(SparseBatch batch, LatentList list, int from, int end, int active, float* groupError, float* decoder)
    {
        var group = 0;
        for (var i = from; i < end; i++)
        {
            var latent = list.Latents[i];
            // Latents that are only near their threshold follow the active ones, again in ascending order; they exist with one group only.
            group = i == from + active ? 0 : group;
            while (latent >= batch.GroupEnds[group])
                group++;
            var dot = RowKernels.Dot(groupError + (long)group * batch.Width, decoder + (long)latent * batch.Width, batch.Width);
            list.Deltas[i] = -2f / batch.Columns * dot;
        }
    }

    private void CountActivations(TrainingState state)
    {
        for (var j = 0; j < batch.Latents; j++)
        {
            var count = byLatent.Starts[j + 1] - byLatent.Starts[j];
            state.ColumnsSinceActive[j] = count > 0 ? 0 : state.ColumnsSinceActive[j] + batch.Columns;
            state.ActiveCounts[j] += count;
        }
        state.CountedColumns += batch.Columns;
    }

    /// <summary>
    /// Gradients and Adam for a block of latents, one row at a time while it is in the cache. With h = x − b_dec, δ = ∂L/∂f and r the
    /// group's error: ∂/∂W_dec[j] = −2/B·Σ f_j r, ∂/∂W_enc[j] = Σ δ_j h, ∂/∂b_enc[j] = Σ δ_j. The decoder's gradient loses its component
    /// along the row, because rows have norm 1, and the row is normalised again after Adam.
    /// </summary>
    private void UpdateLatents(TrainingState state, DeadLatents? dead, AdamStep adamStep, float* gradients, int block)
    {
        var width = batch.Width;
        var groupErrors = TensorMemory.Pointer(batch.GroupError);
        var centred = TensorMemory.Pointer(batch.Centred);
        var decoderGradient = gradients;
        var encoderGradient = gradients + width;
        var starts = byLatent.Starts;
        int* columns = byLatent.Columns, errorRows = byLatent.ErrorRows;
        float* values = byLatent.ScaledValues, deltas = byLatent.Deltas;
        var biasPart = Start(decoderBiasParts) + (long)block * width;
        new Span<float>(biasPart, width).Clear();
        var sum = 0.0;
        for (var j = block * LatentsPerBlock; j < Math.Min((block + 1) * LatentsPerBlock, batch.Latents); j++)
        {
            var (from, count) = (starts[j], starts[j + 1] - starts[j]);
            var encoderRow = state.Encoder.ValueStart + (long)j * width;
            var decoderRow = state.Decoder.ValueStart + (long)j * width;
            // The next latent's columns are scattered: fetch them while this one's are summed.
            for (var i = from + count; i < Math.Min(starts[Math.Min(j + 2, batch.Latents)], from + count + MaxPrefetched); i++)
            {
                RowKernels.Prefetch(groupErrors + (long)errorRows[i] * width, width);
                RowKernels.Prefetch(centred + (long)columns[i] * width, width);
            }

            // Gradients.
            var bias = 0f;
            new Span<float>(gradients, 2 * width).Clear();
            if (dead is not null && dead.SlotOf[j] is >= 0 and var slot)
                bias = dead.CopyGradients(slot, decoderGradient, encoderGradient, width);
            RowKernels.SumRows(decoderGradient, decoderGradient, groupErrors, errorRows + from, values + from, count, width);
            RowKernels.SumRows(encoderGradient, encoderGradient, centred, columns + from, deltas + from, count, width);
            RowKernels.Add(decoderGradient, -RowKernels.Dot(decoderGradient, decoderRow, width), decoderRow, width);
            for (var i = from; i < from + count; i++)
                bias += deltas[i];
            RowKernels.Add(biasPart, -bias, encoderRow, width);
            sum += RowKernels.Dot(decoderGradient, decoderGradient, width) + RowKernels.Dot(encoderGradient, encoderGradient, width)
                + (double)bias * bias;

            // Adam.
            adamStep.Update(state.Encoder, (long)j * width, encoderGradient, width);
            CandidateWeights?.Write(j, encoderRow);
            adamStep.Update(state.EncoderBias, j, &bias, 1);
            adamStep.Update(state.Decoder, (long)j * width, decoderGradient, width);
            AdamOptimizer.Renormalize(decoderRow, 1, width);
        }
        squares[block] = sum;
    }

    /// <summary>∂/∂b_dec = −2/B·Σ r_0 − Σ_j (∂/∂b_enc[j])·W_enc[j], r_0 the first group's error; returns its squared norm.</summary>
    private double UpdateDecoderBias(TrainingState state, AdamStep adamStep)
    {
        var width = batch.Width;
        var gradient = Start(gradientRows[0]);
        new Span<float>(gradient, width).Clear();
        foreach (var sum in batch.Sums.AsSpan(0, batch.Blocks))
            RowKernels.Add(gradient, -2f / batch.Columns, Start(sum.GroupError), width);
        for (var block = 0; block < latentBlocks; block++)
            RowKernels.Add(gradient, 1, Start(decoderBiasParts) + (long)block * width, width);
        adamStep.Update(state.DecoderBias, 0, gradient, width);
        return RowKernels.Dot(gradient, gradient, width);
    }

    public StepOutcome Measure(TrainingState state, Tensor inputs, long[]? active)
    {
        if (evaluationBatch is null || evaluationSelection is null || inputs.size(0) > evaluationBatch.Capacity)
        {
            evaluationSelection?.Dispose();
            evaluationBatch?.Dispose();
            evaluationBatch = new SparseBatch((int)inputs.size(0), state.Width, config.Latents, [config.Latents]);
            evaluationSelection = CreateSelection(evaluationBatch, candidates: null);
        }
        evaluationBatch.Centre(inputs, state, team);
        evaluationSelection.SelectForInference(state, evaluationBatch);
        var outcome = Reconstruct(state, evaluationBatch, withDeltas: false);
        foreach (var list in evaluationBatch.Lists.AsSpan(0, active is null ? 0 : evaluationBatch.Blocks))
        {
            for (var i = 0; i < list.Count; i++)
                active![list.Latents[i]]++;
        }
        return outcome;
    }

    public void CalibrateThreshold(TrainingState state, IEnumerable<Tensor> heldOut) => architecture.CalibrateThreshold(state, heldOut);

    public SparseAutoencoder Export(TrainingState state, SaeMetadata metadata) =>
        architecture.Export(SaeWeights.Of(state), metadata, state.Threshold.Value);

    public void Dispose()
    {
        selection.Dispose();
        CandidateWeights?.Dispose();
        batch.Dispose();
        evaluationSelection?.Dispose();
        evaluationBatch?.Dispose();
    }

    private LatentSelection CreateSelection(SparseBatch target, BFloat16Weights? candidates) => config.Architecture switch
    {
        TrainArchitecture.TopK => new TopKSelection(target, config.K, candidates, team),
        TrainArchitecture.BatchTopK or TrainArchitecture.Matryoshka => new BatchTopKSelection(target, config.K, candidates, team),
        TrainArchitecture.JumpRelu => new JumpReluSelection(target, ((JumpReluArchitecture)architecture).Bandwidth, candidates, team),
        _ => throw new ArgumentException($"The sparse engine cannot train {config.Architecture}."),
    };

    /// <summary>The first element of a pinned array.</summary>
    private static T* Start<T>(T[] pinned) where T : unmanaged => (T*)Unsafe.AsPointer(ref pinned[0]);
}

/// <summary>
/// JumpReLU: ∂L/∂θ by the straight-through formulas of <see cref="JumpReluArchitecture"/>, from the latents near their threshold:
/// −(θ/ε)·Σ δ − n/(ε·B)·2c(L0/k − 1)/k over the n columns in which |p − θ| &lt; ε/2.
/// </summary>
internal sealed unsafe class ThresholdGradient(int latents, double bandwidth, int k)
{
    private readonly float[] gradient = GC.AllocateArray<float>(latents, pinned: true);
    private readonly float[] sums = new float[latents];
    private readonly int[] counts = new int[latents];

    /// <summary>c·(L0/k − 1)².</summary>
    public double Penalty(StepOutcome outcome, double sparsity) => sparsity * (outcome.L0 / k - 1) * (outcome.L0 / k - 1);

    /// <summary>Takes the thresholds' Adam step; returns the squared norm of their gradient.</summary>
    public double Update(TrainedTensor thresholds, SparseBatch batch, StepOutcome outcome, double sparsity, AdamStep adamStep)
    {
        Array.Clear(sums);
        Array.Clear(counts);
        var theta = thresholds.ValueStart;
        var half = (float)(bandwidth / 2);
        foreach (var list in batch.Lists.AsSpan(0, batch.Blocks))
        {
            for (var i = 0; i < list.Count; i++)
            {
                var j = list.Latents[i];
                if (!JumpReluSelection.IsNear(list.Values[i], theta[j], half))
                    continue;
                sums[j] += list.Deltas[i];
                counts[j]++;
            }
        }
        var perActive = 2 * sparsity * (outcome.L0 / k - 1) / k;
        var squares = 0.0;
        for (var j = 0; j < latents; j++)
        {
            gradient[j] = (float)(-(theta[j] / bandwidth) * sums[j] - perActive * counts[j] / (bandwidth * batch.Columns));
            squares += (double)gradient[j] * gradient[j];
        }
        AdamOptimizer.StepExtra(thresholds, (float*)Unsafe.AsPointer(ref gradient[0]), latents, adamStep);
        return squares;
    }
}
