using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// Scores directions against annotated concepts. Each direction and lag is selected on one split and measured on another, so that the best
/// of thousands is not a maximum over noise.
/// </summary>
public sealed class GroundTruthScorer
{
    private static readonly bool[] Kinds = [false, true];

    private readonly TruthSplit select;
    private readonly TruthSplit test;
    private readonly GroundTruthOptions options;
    private readonly string[] concepts;
    private readonly int varying;
    private readonly ConceptTruth selectTruth;
    private readonly ConceptTruth testTruth;
    private readonly List<UnmeasuredConcept> unmeasured = [];
    private readonly List<(TruthLevel Level, int Concept)> measured = [];

    /// <param name="annotations">The concepts' spans, with a line for every clip.</param>
    /// <param name="select">The clips to select on.</param>
    /// <param name="test">The clips to score.</param>
    /// <param name="options">The rules; null: the defaults.</param>
    /// <exception cref="UserException">A clip has no annotations, or nothing can be measured.</exception>
    public GroundTruthScorer(Annotations annotations, TruthSplit select, TruthSplit test, GroundTruthOptions? options = null)
    {
        (this.select, this.test, this.options) = (select, test, options ?? new GroundTruthOptions());
        var order = ConceptOrder.Of(annotations, this.options);
        (concepts, varying) = order;
        selectTruth = Truth(annotations, select);
        testTruth = Truth(annotations, test);
        foreach (var level in Enum.GetValues<TruthLevel>()) Sort(order, level);
        if (measured.Count == 0)
        {
            throw new UserException($"No concept can be measured: none is positive in {this.options.FewestPositiveClips} " +
                $"of the {test.Clips.Count} scored clips. Score more clips.");
        }
    }

    /// <summary>
    /// The best feature and the k-sparse probes (k = 1 with either sign, and <see cref="GroundTruthOptions.ProbeFeatures"/>) of an SAE.
    /// </summary>
    /// <param name="sae">The SAE as exported.</param>
    /// <param name="progress">Called after every clip.</param>
    /// <param name="cancellation">Checked between clips and features.</param>
    public IReadOnlyList<DirectionSet> Features(SparseAutoencoder sae, IProgress<ClipProgress>? progress = null, CancellationToken cancellation = default) =>
        new FeatureScoring(this.selectTruth, this.testTruth, concepts, measured, options).Score(sae, select, test, progress, cancellation);

    /// <summary>The baselines without an SAE: the best residual coordinate, the best PCA direction, and a ridge probe.</summary>
    /// <param name="progress">Called after every clip.</param>
    /// <param name="cancellation">Checked between clips and directions.</param>
    public IReadOnlyList<DirectionSet> Residual(IProgress<ClipProgress>? progress = null, CancellationToken cancellation = default) =>
        new ResidualScoring(this.selectTruth, this.testTruth, concepts, measured, options).Score(select, test, progress, cancellation);

    /// <summary>The report over several kinds of direction.</summary>
    public GroundTruthReport Report(IReadOnlyList<DirectionSet> sets)
    {
        var constant = concepts[varying..].ToHashSet();
        return new GroundTruthReport
        {
            ChosenOn = Splits(select),
            ChosenOnClips = select.Clips.Count,
            ScoredOn = Splits(test),
            ScoredOnClips = test.Clips.Count,
            Options = options,
            Unmeasured = unmeasured,
            ConstantConcepts = concepts[varying..],
            Summaries =
            [
                .. from level in Enum.GetValues<TruthLevel>()
                   from isConstant in Kinds
                   from set in sets
                   let scores = set.Scores.Where(score => score.Level == level && constant.Contains(score.Concept) == isConstant).ToList()
                   where scores.Count > 0
                   select DirectionSummary.Of(set.Name, level, isConstant, scores),
            ],
            Sets = sets,
        };
    }

    private static string Splits(TruthSplit split) => string.Join(",", split.Clips.Select(clip => clip.Split).Distinct());

    private ConceptTruth Truth(Annotations annotations, TruthSplit split) =>
        new(annotations, concepts, varying, [.. split.Clips.Select(clip => clip.Id)], new TruthLayout(split.Clips.Count, split.Columns, options), options);

    /// <summary>Divides the concepts into measured and unmeasured ones at a level.</summary>
    private void Sort(ConceptOrder order, TruthLevel level)
    {
        foreach (var (concept, fault) in order.Faults(level, selectTruth, testTruth, options).Index())
        {
            if (fault is null) measured.Add((level, concept));
            else unmeasured.Add(new UnmeasuredConcept(concepts[concept], level, testTruth.PositiveClips(level, concept), fault));
        }
    }
}

/// <summary>The rules of scoring against annotated concepts.</summary>
public sealed record GroundTruthOptions
{
    /// <summary>First column that counts; before it some codebooks hold no real codes.</summary>
    public int FirstColumn { get; init; } = 4;

    /// <summary>Frames per second (Hz).</summary>
    public double FrameRate { get; init; } = 50;

    /// <summary>Seconds after a span's end that are neither positive nor negative, because the sound still decays.</summary>
    public double TailSeconds { get; init; } = 0.3;

    /// <summary>
    /// Lags tried on `select`, in columns: at lag L column p is compared with frame p − 1 − L, so a feature that responds L columns after
    /// its sound has lag L. The same for every kind of direction.
    /// </summary>
    public IReadOnlyList<int> Lags { get; init; } = [-4, -3, -2, -1, 0, 1, 2, 3, 4];

    /// <summary>The least share of positive frames of a positive clip.</summary>
    public double PositiveClipShare { get; init; } = 0.1;

    /// <summary>The least share of positive frames of a positive second.</summary>
    public double PositiveSecondShare { get; init; } = 0.5;

    /// <summary>The largest share of positive frames of a negative clip or second; in between it is left out.</summary>
    public double NegativeShare { get; init; } = 0.02;

    /// <summary>A concept with fewer positive clips on the scored split is not measured.</summary>
    public int FewestPositiveClips { get; init; } = 20;

    /// <summary>
    /// Prefixes of concepts that are constant over a clip. They are scored by clips only, and only over clips with some concept of the same
    /// prefix: a drum clip has no key, and to tell it from a pitched one does not require hearing the key.
    /// </summary>
    public IReadOnlyList<string> ConstantPrefixes { get; init; } = ["key.", "mode.", "tempo."];

    /// <summary>Bootstrap samples of the clips per interval.</summary>
    public int BootstrapReplicates { get; init; } = 400;

    /// <summary>Seed of the bootstrap.</summary>
    public ulong Seed { get; init; }

    /// <summary>Features of the larger sparse probe.</summary>
    public int ProbeFeatures { get; init; } = 5;

    /// <summary>Principal components tried one by one.</summary>
    public int PcaDirections { get; init; } = 64;

    /// <summary>By frames, the ridge probe is fitted on every n-th column, because neighbours are nearly equal.</summary>
    public int RidgeColumnStride { get; init; } = 4;
}
