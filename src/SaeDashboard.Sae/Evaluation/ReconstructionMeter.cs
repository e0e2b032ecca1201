using SaeDashboard.Core;
using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>
/// Measures an SAE's reconstruction, clip by clip, with float64 sums. Pass the SAE as exported and clips it was not trained on.
/// </summary>
public sealed class ReconstructionMeter
{
    private const double DenseAbove = 0.1;
    private readonly SparseAutoencoder sae;
    private readonly MeterOptions options;
    private readonly int width;
    private readonly ClipEncoder encoder;
    private readonly StatisticsAccumulator statistics;
    private readonly SecondMoments moments;
    private readonly SortedSet<string> splits = new(StringComparer.Ordinal);

    // Sums by column over clips, for the per-column mean: index 0 is FirstColumn.
    private readonly List<double[]> columnSums = [];
    private readonly List<long> columnCounts = [];

    private int clips;
    private double errorSum;
    private double inputSum;
    private double outputSum;
    private double productSum;
    private double cosineSum;
    private double normRatioSum;
    private long nonZeroColumns;

    public ReconstructionMeter(SparseAutoencoder sae, MeterOptions? options = null)
    {
        this.sae = sae;
        this.options = options ?? new MeterOptions();
        width = sae.Config.DIn;
        encoder = new ClipEncoder(sae);
        statistics = new StatisticsAccumulator(sae.Config.DSae, this.options.FirstColumn, this.options.FrameRate, this.options.ValueBudget);
        moments = new SecondMoments(width);
    }

    /// <summary>Measures a whole split, and fits PCA on <paramref name="pcaSource"/> (the `select` split) when one is given.</summary>
    /// <param name="sae">The SAE as exported.</param>
    /// <param name="split">The clips to measure.</param>
    /// <param name="pcaSource">Other clips to fit PCA on, over the same columns.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="progress">Called after every clip.</param>
    /// <param name="cancellation">Checked between clips.</param>
    public static ReconstructionReport Measure(
        SparseAutoencoder sae,
        IActivationSource split,
        IActivationSource? pcaSource,
        MeterOptions? options = null,
        IProgress<ClipProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var meter = new ReconstructionMeter(sae, options);
        PrincipalComponents? components = null;
        string? pcaSplit = null;
        if (pcaSource is not null)
        {
            var moments = new SecondMoments(sae.Config.DIn);
            foreach (var clip in ClipProgress.Count(pcaSource, "pca", progress, cancellation))
            {
                ClipEncoder.CheckWidth(sae, clip);
                pcaSplit ??= clip.Split;
                using var scope = NewDisposeScope();
                moments.Add(meter.Measured(clip.Columns));
            }

            if (moments.Count > 0)
                components = PrincipalComponents.Fit(moments);
        }

        foreach (var clip in ClipProgress.Count(split, "evaluate", progress, cancellation))
            meter.Add(clip);
        if (pcaSource is null && meter.options.PcaOfMeasuredSplit && meter.moments.Count > 0)
            (components, pcaSplit) = (PrincipalComponents.Fit(meter.moments), string.Join(",", meter.splits));
        return meter.Finish(components, pcaSplit);
    }

    /// <summary>Adds one clip, columns 1..F, and skips those before the first measured column.</summary>
    /// <exception cref="UserException">The clip has another width, or holds values that are not finite.</exception>
    public void Add(ClipActivations clip)
    {
        ClipEncoder.CheckWidth(sae, clip);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (latents, reconstruction) = sae.Forward(clip.Columns);
        encoder.Take(clip, latents);
        statistics.Add(encoder.Latents, (int)clip.Columns.size(0));
        var measured = Measured(clip.Columns);
        var before = errorSum + inputSum;
        AddColumns(TensorData.AsSpan(measured), TensorData.AsSpan(Measured(reconstruction)));
        if (!double.IsFinite(errorSum + inputSum) && double.IsFinite(before))
        {
            throw new UserException($"Clip {clip.Row} ({clip.Split}): the activations or their reconstruction hold values that are not finite. " +
                "Collect the activations again, or train the SAE again.");
        }

        moments.Add(measured);
        splits.Add(clip.Split);
        clips++;
    }

    /// <summary>The figures of all added clips.</summary>
    /// <param name="components">PCA fitted on other clips, or null.</param>
    /// <param name="pcaSplit">The split those clips belong to.</param>
    /// <exception cref="UserException">No column was measured.</exception>
    public ReconstructionReport Finish(PrincipalComponents? components = null, string? pcaSplit = null)
    {
        var columns = statistics.ColumnsMeasured;
        if (columns == 0)
            throw new UserException($"Nothing to measure: no clip has a column {options.FirstColumn} or later. Check the dataset's split.");
        var error = errorSum / columns;
        var input = inputSum / columns;
        var mean = moments.Mean();
        var variance = input - TensorPrimitives.SumOfSquares<double>(mean);
        var columnVariance = input - ColumnMeansSquared() / columns;
        var table = statistics.Finish(1);
        var features = (double)sae.Config.DSae;
        var dead = table.Positives.Count(count => count == 0);
        var l0 = (double)table.Positives.Sum() / columns;
        return new ReconstructionReport
        {
            Split = string.Join(",", splits),
            Clips = clips,
            Columns = columns,
            FirstColumn = options.FirstColumn,
            Features = sae.Config.DSae,
            ExplainedVariance = Explained(error, variance, input),
            ExplainedVariancePerColumn = Explained(error, columnVariance, input),
            Pca = Scores(components, variance, columnVariance, input, l0),
            PcaSplit = components is null ? null : pcaSplit,
            SquaredError = error,
            InputSquaredNorm = input,
            L0 = l0,
            DeadFraction = dead / features,
            AliveFraction = 1 - dead / features,
            DenseFraction = table.Positives.Count(count => count > DenseAbove * columns) / features,
            CosineMean = nonZeroColumns == 0 ? null : cosineSum / nonZeroColumns,
            Shrinkage = nonZeroColumns == 0 ? null : normRatioSum / nonZeroColumns,
            RelativeReconstructionBias = productSum == 0 ? null : outputSum / productSum,
            KeptDefault = table.Kept.Count(kept => kept),
            KeptAnyFrame = table.KeptAny.Count(kept => kept),
            ClipsForFilter = table.ClipsMeasured,
            PercentilesExact = table.Exact,
            PerFeature = new FeatureFigures(table),
            Components = components,
        };
    }

    private void AddColumns(ReadOnlySpan<float> x, ReadOnlySpan<float> output)
    {
        Span<double> exact = new double[width], rebuilt = new double[width];
        for (var column = 0; column < x.Length / width; column++)
        {
            if (column == columnSums.Count)
            {
                columnSums.Add(new double[width]);
                columnCounts.Add(0);
            }

            TensorPrimitives.ConvertTruncating(x.Slice(column * width, width), exact);
            TensorPrimitives.ConvertTruncating(output.Slice(column * width, width), rebuilt);
            TensorPrimitives.Add(columnSums[column], exact, columnSums[column]);
            var input = TensorPrimitives.SumOfSquares<double>(exact);
            var reconstructed = TensorPrimitives.SumOfSquares<double>(rebuilt);
            var product = TensorPrimitives.Dot<double>(exact, rebuilt);
            TensorPrimitives.Subtract(rebuilt, exact, rebuilt);
            var error = TensorPrimitives.SumOfSquares<double>(rebuilt);

            columnCounts[column]++;
            errorSum += error;
            inputSum += input;
            outputSum += reconstructed;
            productSum += product;
            if (input == 0)
                continue;
            // A zero reconstruction has no direction: cosine 0.
            nonZeroColumns++;
            cosineSum += reconstructed == 0 ? 0 : product / Math.Sqrt(input * reconstructed);
            normRatioSum += Math.Sqrt(reconstructed / input);
        }
    }

    /// <summary>Σ over columns of n·‖μ_column‖².</summary>
    private double ColumnMeansSquared()
    {
        var sum = 0.0;
        for (var column = 0; column < columnSums.Count; column++)
            sum += TensorPrimitives.SumOfSquares<double>(columnSums[column]) / columnCounts[column];
        return sum;
    }

    private List<PcaScore> Scores(PrincipalComponents? components, double variance, double columnVariance, double input, double l0)
    {
        var scores = new List<PcaScore>();
        int[] ranks = [.. options.PcaRanks, .. options.PcaOfL0 ? [ReconstructionReport.MatchingRank(l0, width)] : Array.Empty<int>()];
        foreach (var rank in components is null ? [] : ranks.Distinct().Where(rank => rank < width))
        {
            var error = components!.SquaredError(moments, rank);
            if (Explained(error, variance, input) is { } global && Explained(error, columnVariance, input) is { } perColumn)
                scores.Add(new PcaScore(rank, global, perColumn));
        }

        return scores;
    }

    // A variance below the rounding error of E‖x‖² counts as none.
    private static double? Explained(double error, double variance, double input) => variance > 1e-13 * input ? 1 - error / variance : null;

    private Tensor Measured(Tensor columns)
    {
        var skipped = Math.Min(options.FirstColumn - 1, columns.size(0));
        return columns.narrow(0, skipped, columns.size(0) - skipped).contiguous();
    }
}

/// <summary>Options of a <see cref="ReconstructionMeter"/>.</summary>
public sealed record MeterOptions
{
    /// <summary>First column measured.</summary>
    public int FirstColumn { get; init; } = 4;

    /// <summary>Columns per second (Hz).</summary>
    public double FrameRate { get; init; } = 50;

    /// <summary>Ranks of the PCA baseline; ranks that are not below the width are ignored.</summary>
    public IReadOnlyList<int> PcaRanks { get; init; } = [32, 64];

    /// <summary>Also the rank that gives PCA as many directions as the SAE has active in a column (<see cref="ReconstructionReport.MatchingRank"/>).</summary>
    public bool PcaOfL0 { get; init; }

    /// <summary>Activations stored in memory for exact percentiles, 4 bytes each; beyond it they are sampled.</summary>
    public long ValueBudget { get; init; } = 128L << 20;

    /// <summary>
    /// Without another source for PCA, fit it on the measured split, which is slightly optimistic and needs no second pass.
    /// </summary>
    public bool PcaOfMeasuredSplit { get; init; }
}
