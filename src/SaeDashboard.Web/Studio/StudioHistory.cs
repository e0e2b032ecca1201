namespace SaeDashboard.Web.Studio;

/// <summary>The changes of a set-up that Ctrl+Z undoes, one after the other. Of one page.</summary>
public sealed class StudioHistory(TimeProvider clock)
{
    /// <summary>Changes that are kept.</summary>
    public const int Most = 200;

    // A hand that stays on a fader makes one change.
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(1);

    private readonly List<StudioChange> steps = [];

    /// <summary>What the next <see cref="Pop"/> undoes; null: nothing.</summary>
    public string? Last => steps is [.., var last] ? last.What : null;

    /// <summary>Keeps a change. One of the same thing within a second of the last is part of it.</summary>
    /// <param name="what">What was changed: "the strength of Taiko".</param>
    /// <param name="before">The set-up before it.</param>
    /// <param name="after">The set-up after it.</param>
    public void Add(string what, StudioDraft before, StudioDraft after)
    {
        var now = clock.GetUtcNow();
        if (steps is [.., var last] && last.What == what && now - last.At < Together)
        {
            steps[^1] = last with { After = after, At = now };
            return;
        }
        if (steps.Count == Most) steps.RemoveAt(0);
        steps.Add(new StudioChange(what, before, after, now));
    }

    /// <summary>The last change, which is forgotten; null: there is none.</summary>
    public StudioChange? Pop()
    {
        if (steps is not [.., var last]) return null;
        steps.RemoveAt(steps.Count - 1);
        return last;
    }
}

/// <summary>A change of a set-up.</summary>
/// <param name="What">What was changed.</param>
/// <param name="Before">The set-up before it.</param>
/// <param name="After">The set-up after it.</param>
/// <param name="At">When it was last part of the hand's move.</param>
public sealed record StudioChange(string What, StudioDraft Before, StudioDraft After, DateTimeOffset At);
