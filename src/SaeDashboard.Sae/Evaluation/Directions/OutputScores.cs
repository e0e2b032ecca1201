namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>An <see cref="OutputScoreMeter"/>'s figures, an entry a feature; NaN for those that were not scored.</summary>
public sealed class OutputScores
{
    internal OutputScores(int features)
    {
        (Score, RandomScore, LogitChange, RandomLogitChange) = (Unknown(), Unknown(), Unknown(), Unknown());

        float[] Unknown()
        {
            var values = new float[features];
            Array.Fill(values, float.NaN);
            return values;
        }
    }

    /// <summary>KL of the logits, nats a code <c>[F]</c>.</summary>
    public float[] Score { get; }

    /// <summary>That of a random direction of the same norm <c>[F]</c>.</summary>
    public float[] RandomScore { get; }

    /// <summary>Mean |Δlogit| <c>[F]</c>.</summary>
    public float[] LogitChange { get; }

    /// <summary>That of the random direction <c>[F]</c>.</summary>
    public float[] RandomLogitChange { get; }

    /// <summary>All of it in a few numbers.</summary>
    public OutputScoreReport Report { get; internal set; } = null!;
}
