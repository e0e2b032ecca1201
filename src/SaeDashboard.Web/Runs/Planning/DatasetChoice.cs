namespace SaeDashboard.Web.Runs.Planning;

/// <summary>A dataset that the form offers.</summary>
/// <param name="Id">Its name in addresses.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Path">Its folder, absolute.</param>
/// <param name="Hash">SHA-256 of the dataset; null while it is being read.</param>
/// <param name="Frames">Frames of a clip, and so its columns.</param>
/// <param name="Splits">Clips of each split.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public sealed record DatasetChoice(string Id, string Name, string Path, string? Hash, int Frames, IReadOnlyDictionary<string, int> Splits, string? Problem = null)
{
    /// <summary>Clips of a split; 0 when there is no such split.</summary>
    public int ClipsIn(string split) => Splits.GetValueOrDefault(split);
}
