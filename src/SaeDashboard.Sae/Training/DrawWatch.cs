using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Watches the draws of columns that come before, between and after the steps. A store has them at once; a model computes them first, which
/// takes minutes where it is large.
/// </summary>
/// <param name="progress">Told what is drawn and how far that is; null: nobody.</param>
/// <param name="ends">Whether the run shall end.</param>
internal sealed class DrawWatch(IProgress<ClipProgress>? progress, Func<bool> ends)
{
    /// <summary>Tells how far a draw is.</summary>
    /// <param name="what">What the columns are for.</param>
    /// <param name="done">Columns drawn.</param>
    /// <param name="total">Columns in all.</param>
    public void Tell(string what, long done, long total) => progress?.Report(new ClipProgress(what, (int)done, (int)total, "columns"));

    /// <summary>For draws before which there is nothing to lose.</summary>
    /// <exception cref="OperationCanceledException">The run shall end.</exception>
    public void EndIfAsked()
    {
        if (ends())
            throw new OperationCanceledException();
    }
}
