using SaeDashboard.Core.Data;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>The concepts of a dataset as labels number them: those that vary within a clip first, then those that are constant over one.</summary>
/// <param name="Names">All concepts.</param>
/// <param name="Varying">The number of those that vary.</param>
internal sealed record ConceptOrder(string[] Names, int Varying)
{
    public static ConceptOrder Of(Annotations annotations, GroundTruthOptions options)
    {
        bool Constant(string concept) => options.ConstantPrefixes.Any(prefix => concept.StartsWith(prefix, StringComparison.Ordinal));
        var all = annotations.Concepts.ToLookup(Constant);
        return new ConceptOrder([.. all[false], .. all[true]], all[false].Count());
    }

    /// <summary>The concepts that have units of a level.</summary>
    public int CountAt(TruthLevel level) => level == TruthLevel.Clips ? Names.Length : Varying;

    /// <summary>Whether each concept can be measured at a level <c>[concepts]</c>.</summary>
    public bool[] Measured(TruthLevel level, ConceptTruth chosenOn, ConceptTruth scoredOn, GroundTruthOptions options)
    {
        var measured = new bool[CountAt(level)];
        var faults = Faults(level, chosenOn, scoredOn, options);
        for (var concept = 0; concept < measured.Length; concept++) measured[concept] = faults[concept] is null;
        return measured;
    }

    /// <summary>Why each concept cannot be measured at a level <c>[concepts]</c>; null: it can.</summary>
    public string?[] Faults(TruthLevel level, ConceptTruth chosenOn, ConceptTruth scoredOn, GroundTruthOptions options)
    {
        var (choose, score) = (LabelTotals.Count(chosenOn, level, 0), LabelTotals.Count(scoredOn, level, 0));
        var faults = new string?[CountAt(level)];
        for (var concept = 0; concept < faults.Length; concept++)
        {
            faults[concept] = scoredOn.PositiveClips(level, concept) < options.FewestPositiveClips ? FormattableString.Invariant($"fewer than {options.FewestPositiveClips} positive clips")
                : score.Positives[concept] == 0 ? "never positive"
                : score.Negatives[concept] == 0 ? "never negative"
                : choose.Positives[concept] == 0 || choose.Negatives[concept] == 0 ? "always or never positive on the split to select on"
                : null;
        }
        return faults;
    }
}
