using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// Scores directions against annotated concepts: each direction and lag is chosen on one split and measured on another, so that the best of
/// thousands is no maximum over noise.
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

    /// <param name="annotations">What sounds when; it has a line for every clip.</param>
    /// <param name="select">The clips to choose on.</param>
    /// <param name="test">The clips to score.</param>
    /// <param name="options">The rules; null for the defaults.</param>
    /// <exception cref="UserException">A clip has no annotations, or nothing can be measured.</exception>
    public GroundTruthScorer(Annotations annotations, TruthSplit select, TruthSplit test, GroundTruthOptions? options = null)
    {
        (this.select, this.test, this.options) = (select, test, options ?? new GroundTruthOptions());
        bool Constant(string concept) => this.options.ConstantPrefixes.Any(prefix => concept.StartsWith(prefix, StringComparison.Ordinal));
        var all = annotations.Concepts.ToLookup(Constant);
        concepts = [.. all[false], .. all[true]];
        varying = all[false].Count();
        selectTruth = Truth(annotations, select);
        testTruth = Truth(annotations, test);
        foreach (var level in Enum.GetValues<TruthLevel>()) Sort(level);
        if (measured.Count == 0)
        {
            throw new UserException($"No concept can be measured: none is positive in {this.options.FewestPositiveClips} clips of the {test.Clips.Count} that are scored. " +
                "Score more clips.");
        }
    }

    /// <summary>The best feature and the k-sparse probes (k = 1 with either sign, and <see cref="GroundTruthOptions.ProbeFeatures"/>) of an SAE.</summary>
    /// <param name="sae">The SAE as exported.</param>
    /// <param name="progress">Told after every clip.</param>
    /// <param name="cancellation">Stops between clips and features.</param>
    public IReadOnlyList<DirectionSet> Features(SparseAutoencoder sae, IProgress<ClipProgress>? progress = null, CancellationToken cancellation = default) =>
        new FeatureScoring(this.selectTruth, this.testTruth, concepts, measured, options).Score(sae, select, test, progress, cancellation);

    /// <summary>The baselines that no SAE has a part in: the best residual coordinate and PCA direction, and a ridge probe.</summary>
    /// <param name="progress">Told after every clip.</param>
    /// <param name="cancellation">Stops between clips and directions.</param>
    public IReadOnlyList<DirectionSet> Residual(IProgress<ClipProgress>? progress = null, CancellationToken cancellation = default) =>
        new ResidualScoring(this.selectTruth, this.testTruth, concepts, measured, options).Score(select, test, progress, cancellation);

    /// <summary>The report on several kinds of direction.</summary>
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

    /// <summary>Which concepts can be measured at a level.</summary>
    private void Sort(TruthLevel level)
    {
        var chosenOn = LabelTotals.Count(selectTruth, level, 0);
        var scoredOn = LabelTotals.Count(testTruth, level, 0);
        for (var concept = 0; concept < (level == TruthLevel.Clips ? concepts.Length : varying); concept++)
        {
            var positive = testTruth.PositiveClips(level, concept);
            var fault = positive < options.FewestPositiveClips ? FormattableString.Invariant($"fewer than {options.FewestPositiveClips} positive clips")
                : scoredOn.Positives[concept] == 0 ? "never positive"
                : scoredOn.Negatives[concept] == 0 ? "never negative"
                : chosenOn.Positives[concept] == 0 || chosenOn.Negatives[concept] == 0 ? "nothing to choose by: it is never, or always, there on the other split"
                : null;
            if (fault is null) measured.Add((level, concept));
            else unmeasured.Add(new UnmeasuredConcept(concepts[concept], level, positive, fault));
        }
    }
}
