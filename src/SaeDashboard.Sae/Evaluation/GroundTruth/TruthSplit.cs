using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>The clips of one split and their residual stream.</summary>
/// <param name="Source">Gives exactly these clips, in this order.</param>
/// <param name="Clips">The clips, as the data set knows them.</param>
/// <param name="Columns">F, columns of every clip.</param>
public sealed record TruthSplit(IActivationSource Source, IReadOnlyList<Clip> Clips, int Columns)
{
    /// <summary>The clips one after the other with their number, each disposed after use; every one is held against <see cref="Clips"/>.</summary>
    internal IEnumerable<(int Number, ClipActivations Clip)> Each(string stage, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var number = 0;
        foreach (var clip in ClipProgress.Count(Source, stage, progress, cancellation))
        {
            if (number == Clips.Count || Clips[number].Row != clip.Row || clip.Columns.size(0) != Columns)
            {
                throw new UserException($"Clip {number} of the activations is row {clip.Row} with {clip.Columns.size(0)} columns, not the data set's " +
                    $"{(number < Clips.Count ? $"row {Clips[number].Row}" : "end of the split")} with {Columns}. Collect the split again.");
            }
            yield return (number++, clip);
        }
        if (number != Clips.Count)
            throw new UserException($"The activations hold {number} clips of {Clips.Count}. Collect the whole split.");
    }
}
