using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Labelling.Scores;

namespace SaeDashboard.Labelling.Captions;

/// <summary>A label made of words of captions.</summary>
/// <param name="Text">The label: "rock beat, breakbeat, without choir".</param>
/// <param name="Terms">Its terms in their normal form; the last may be one that the captions lack.</param>
/// <param name="Confidence">How well it separates the clips that it was made from: the smaller of two AUROCs, against near misses and against all clips. ½ is chance. Too good to be true: only unseen clips say what it is worth.</param>
/// <param name="Evidence">How many clips have each term.</param>
public sealed record CaptionLabel(string Text, IReadOnlyList<CaptionLabelTerm> Terms, double Confidence, string Evidence);

/// <summary>A term of such a label.</summary>
/// <param name="Term">Its number in the vocabulary.</param>
/// <param name="Absent">Whether the captions lack it: "without choir".</param>
/// <param name="Z">The log-odds between firing clips and the rest, in standard errors.</param>
/// <param name="Firing">Firing clips whose captions have it.</param>
/// <param name="NearMisses">Near misses whose captions have it.</param>
public readonly record struct CaptionLabelTerm(int Term, bool Absent, double Z, int Firing, int NearMisses);

/// <summary>
/// Finds the words of captions that separate the clips in which a feature fires from the rest, by weighted log-odds with an informative Dirichlet
/// prior (Monroe, Colaresi, Quinn: Fightin' Words, 2008): a caption has a term or not, the prior is how common the term is, and the rest is the near
/// misses and as many captions of the whole dataset. Terms are added to the label while they separate the clips better. Needs no network and no
/// random numbers.
/// </summary>
/// <param name="vocabulary">The dataset's terms.</param>
public sealed class CaptionContrast(CaptionVocabulary vocabulary)
{
    /// <summary>Name and version: what it does to the same clips changes only with the version.</summary>
    public const string Version = "caption-contrast 2";

    /// <summary>Captions that the prior counts for.</summary>
    internal const double PriorCaptions = 20;

    // A label of more terms fits the clips that it was made from and no others.
    private const int MostTerms = 3, MostCandidates = 40, FewestClips = 4, FewestOccurrences = 3;
    private const double FewestShare = 0.15, MinZ = 1, MinAbsentZ = 2, MinGain = 0.02;

    // A term that the captions lack makes a name longer and harder to read, so it has to separate the clips that the label is made from better by this much.
    private const double MinAbsentGain = 0.05;

    /// <summary>The label of a feature; null: no word is often enough in its clips' captions.</summary>
    /// <param name="firing">Rows of clips in which it fires; weak ones too, or the label is of its strongest alone.</param>
    /// <param name="nearMisses">Rows of near misses; none: against the whole dataset alone.</param>
    /// <param name="others">Rows drawn from the whole dataset.</param>
    public CaptionLabel? Label(IReadOnlyList<int> firing, IReadOnlyList<int> nearMisses, IReadOnlyList<int> others)
    {
        if (firing.Count < FewestClips) return null;
        var (inFiring, inNear) = (Count(firing), Count(nearMisses));
        var present = Candidates(inFiring, firing.Count, inNear, nearMisses.Count, MinZ, absent: false);
        if (present.Count == 0) return null;
        var absent = nearMisses.Count < FewestClips ? [] : Candidates(inNear, nearMisses.Count, inFiring, firing.Count, MinAbsentZ, absent: true);

        var label = new List<CaptionLabelTerm>();
        var best = (Least: 0.5, Sum: 1.0);
        while (true)
        {
            var next = default(CaptionLabelTerm);
            var found = best;
            foreach (var candidate in label.Count(term => !term.Absent) < MostTerms ? present : [])
                Try(candidate);
            foreach (var candidate in label.Count > 0 && !label.Any(term => term.Absent) ? absent : [])
                Try(candidate);
            if (found.Sum < best.Sum + 2 * MinGain) break;
            label.Add(next);
            best = found;

            void Try(CaptionLabelTerm candidate)
            {
                if (label.Any(term => CaptionTerms.Overlap(vocabulary.Name(term.Term), vocabulary.Name(candidate.Term)))) return;
                var score = Separation([.. label, candidate], firing, nearMisses, others);
                if (score.Sum > found.Sum + 1e-12) (found, next) = (score, candidate);
            }
        }
        // Nothing separates them, and still the most telling term is a beginning for a person.
        if (label.Count == 0)
        {
            label.Add(present[0]);
            best = Separation(label, firing, nearMisses, others);
        }
        var plain = label.Where(term => !term.Absent).ToList();
        if (plain.Count < label.Count && best.Sum < Separation(plain, firing, nearMisses, others).Sum + 2 * MinAbsentGain) label = plain;
        // A label is a line that a person may accept as it is.
        while (label.Count > 1 && Text(label).Length > PersonText.MaxLabel) label.RemoveAt(label.Count - 1);
        return Text(label).Length > PersonText.MaxLabel ? null : new CaptionLabel(Text(label), label, Separation(label, firing, nearMisses, others).Least, Evidence(label, firing.Count, nearMisses.Count));
    }

    private List<CaptionLabelTerm> Candidates(Dictionary<int, int> here, int clips, Dictionary<int, int> there, int otherClips, double minZ, bool absent)
    {
        var found = new List<CaptionLabelTerm>();
        foreach (var (term, count) in here)
        {
            if (count < Math.Max(FewestOccurrences, FewestShare * clips)) continue;
            var other = there.GetValueOrDefault(term);
            // As many captions of the whole dataset as there are firing clips belong to the rest.
            var background = absent ? 0 : clips * vocabulary.Share(term);
            var z = LogOdds(count, clips, other + background, otherClips + (absent ? 0 : clips), vocabulary.Share(term));
            if (z >= minZ) found.Add(new CaptionLabelTerm(term, absent, z, absent ? other : count, absent ? count : other));
        }
        // Of equally telling terms the longest: "electric piano", not "electric".
        return [.. found.OrderByDescending(term => Math.Round(term.Z, 9)).ThenByDescending(term => vocabulary.Name(term.Term).Length).ThenBy(term => vocabulary.Name(term.Term), StringComparer.Ordinal).Take(MostCandidates)];
    }

    /// <summary>Log-odds ratio of a term with an informative prior, divided by its standard error (equations 16, 19, 20 and 22 of the paper).</summary>
    /// <param name="here">Captions with the term.</param>
    /// <param name="clips">Captions in all.</param>
    /// <param name="there">Captions with the term among the rest.</param>
    /// <param name="others">Captions of the rest.</param>
    /// <param name="share">The share of all captions that have the term.</param>
    internal static double LogOdds(double here, double clips, double there, double others, double share)
    {
        var prior = PriorCaptions * share;
        var difference = Math.Log((here + prior) / (clips + PriorCaptions - here - prior)) - Math.Log((there + prior) / (others + PriorCaptions - there - prior));
        return difference / Math.Sqrt(1 / (here + prior) + 1 / (there + prior));
    }

    private (double Least, double Sum) Separation(List<CaptionLabelTerm> label, IReadOnlyList<int> firing, IReadOnlyList<int> nearMisses, IReadOnlyList<int> others)
    {
        var positives = Scores(label, firing);
        var near = Auroc.Of(positives, Scores(label, nearMisses)) ?? 0.5;
        var random = Auroc.Of(positives, Scores(label, others)) ?? 0.5;
        return (Math.Min(near, random), near + random);
    }

    private double[] Scores(List<CaptionLabelTerm> label, IReadOnlyList<int> rows)
    {
        var scores = new double[rows.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            foreach (var term in label) scores[i] += vocabulary.Has(rows[i], term.Term) ? term.Absent ? -1 : 1 : 0;
        }
        return scores;
    }

    private Dictionary<int, int> Count(IReadOnlyList<int> rows)
    {
        var counts = new Dictionary<int, int>();
        foreach (var row in rows)
        {
            foreach (var term in vocabulary.Of(row)) counts[term] = counts.GetValueOrDefault(term) + 1;
        }
        return counts;
    }

    private string Text(List<CaptionLabelTerm> label) =>
        string.Join(", ", label.OrderBy(term => term.Absent).Select(term => (term.Absent ? "without " : "") + vocabulary.Written(term.Term)));

    private string Evidence(List<CaptionLabelTerm> label, int firing, int nearMisses) => string.Join("; ", label.OrderBy(term => term.Absent).Select(term =>
        string.Create(CultureInfo.InvariantCulture, $"{vocabulary.Written(term.Term)}: {term.Firing} of {firing} clips, {term.NearMisses} of {nearMisses} near misses")));
}
