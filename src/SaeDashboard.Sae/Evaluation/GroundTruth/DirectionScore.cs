namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>How well the direction that was chosen for a concept on `select` ranks it on the scored split.</summary>
public sealed record DirectionScore
{
    public required string Concept { get; init; }

    public required TruthLevel Level { get; init; }

    /// <summary>The chosen features, coordinate or component (from 0); empty for a fitted direction.</summary>
    public required IReadOnlyList<int> Directions { get; init; }

    /// <summary>The chosen lag in columns; 0 by clips.</summary>
    public required int Lag { get; init; }

    /// <summary>Whether low values speak for the concept.</summary>
    public bool Negative { get; init; }

    /// <summary>P(s⁺ &gt; s⁻) + ½·P(s⁺ = s⁻).</summary>
    public required double Auroc { get; init; }

    /// <summary>Lower end of the 95 % interval, clips drawn anew; null where none was made.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the interval.</summary>
    public double? High { get; init; }

    public required double AveragePrecision { get; init; }

    /// <summary>The share of positives among the units that count: what chance gives as average precision.</summary>
    public required double Prevalence { get; init; }
}
