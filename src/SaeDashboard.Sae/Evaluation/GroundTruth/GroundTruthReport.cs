namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>How well an SAE and the baselines identify the annotated concepts.</summary>
public sealed record GroundTruthReport
{
    /// <summary>The split on which directions and lags were selected.</summary>
    public required string ChosenOn { get; init; }

    public required int ChosenOnClips { get; init; }

    /// <summary>The scored split.</summary>
    public required string ScoredOn { get; init; }

    public required int ScoredOnClips { get; init; }

    /// <summary>The rules.</summary>
    public required GroundTruthOptions Options { get; init; }

    /// <summary>Concepts that are not measured, by level, with the reason.</summary>
    public required IReadOnlyList<UnmeasuredConcept> Unmeasured { get; init; }

    /// <summary>Concepts that are constant over a clip: scored by clips only, with separate summaries.</summary>
    public required IReadOnlyList<string> ConstantConcepts { get; init; }

    public required IReadOnlyList<DirectionSummary> Summaries { get; init; }

    public required IReadOnlyList<DirectionSet> Sets { get; init; }
}

/// <summary>One kind of direction and its score for every measured concept.</summary>
/// <param name="Name">"feature", "residual coordinate", …</param>
/// <param name="Scores">By level, then by concept.</param>
public sealed record DirectionSet(string Name, IReadOnlyList<DirectionScore> Scores)
{
    public const string Feature = "feature";
    public const string Coordinate = "residual coordinate";
    public const string Principal = "PCA direction";
    public const string RidgeProbe = "ridge probe on the residual";

    /// <summary>The name of the k-sparse probe.</summary>
    public static string Probe(int size) => FormattableString.Invariant($"{size}-sparse probe");
}

/// <summary>How well the direction that was selected for a concept on `select` ranks it on the scored split.</summary>
public sealed record DirectionScore
{
    public required string Concept { get; init; }

    public required TruthLevel Level { get; init; }

    /// <summary>The selected features, coordinate or component (from 0); empty for a fitted direction.</summary>
    public required IReadOnlyList<int> Directions { get; init; }

    /// <summary>The selected lag in columns; 0 by clips.</summary>
    public required int Lag { get; init; }

    /// <summary>Whether low values indicate the concept.</summary>
    public bool Negative { get; init; }

    /// <summary>P(s⁺ &gt; s⁻) + ½·P(s⁺ = s⁻).</summary>
    public required double Auroc { get; init; }

    /// <summary>Lower end of the 95 % bootstrap interval over clips; null if none was computed.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the interval.</summary>
    public double? High { get; init; }

    public required double AveragePrecision { get; init; }

    /// <summary>The share of positives among the counted units: the chance level of the average precision.</summary>
    public required double Prevalence { get; init; }
}

/// <summary>How many concepts a kind of direction identifies.</summary>
/// <param name="Set">The kind of direction.</param>
/// <param name="Level">The units it was scored over.</param>
/// <param name="Constant">Whether the concepts are those that are constant over a clip.</param>
/// <param name="Concepts">Concepts measured.</param>
/// <param name="AtLeast95">Those with an AUROC of 0.95 or more.</param>
/// <param name="AtLeast90">0.9 or more.</param>
/// <param name="AtLeast80">0.8 or more.</param>
/// <param name="Median">The median AUROC.</param>
public sealed record DirectionSummary(
    string Set, TruthLevel Level, bool Constant, int Concepts, int AtLeast95, int AtLeast90, int AtLeast80, double Median)
{
    internal static DirectionSummary Of(string set, TruthLevel level, bool constant, IEnumerable<DirectionScore> scores)
    {
        var aurocs = scores.Select(score => score.Auroc).Order().ToArray();
        int AtLeast(double auroc) => aurocs.Count(value => value >= auroc);
        return new DirectionSummary(set, level, constant, aurocs.Length, AtLeast(0.95), AtLeast(0.9), AtLeast(0.8), OrderStatistics.Median(aurocs)!.Value);
    }
}

/// <summary>A concept that is not measured at a level.</summary>
/// <param name="Concept">Its name.</param>
/// <param name="Level">The level.</param>
/// <param name="PositiveClips">Positive clips of the scored split (by seconds and frames: clips with any positive frame).</param>
/// <param name="Reason">The reason.</param>
public sealed record UnmeasuredConcept(string Concept, TruthLevel Level, int PositiveClips, string Reason);
