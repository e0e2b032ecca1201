namespace SaeDashboard.Storage;

/// <summary>The newest label of a feature.</summary>
/// <param name="RevisionId">Its revision.</param>
/// <param name="Text">The label.</param>
/// <param name="Author">Who wrote it, by name.</param>
/// <param name="Stars">Mean of the ratings, 1 … 5; null: none.</param>
/// <param name="Ratings">How many people rated it.</param>
public sealed record CurrentLabel(long RevisionId, string Text, string Author, double? Stars, int Ratings);
