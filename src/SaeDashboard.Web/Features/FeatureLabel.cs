namespace SaeDashboard.Web.Features;

/// <summary>What a feature is called now.</summary>
/// <param name="Text">The label.</param>
/// <param name="Stars">Its mean rating, 1 … 5; null: none.</param>
/// <param name="Ratings">How many rated it.</param>
public sealed record FeatureLabel(string Text, double? Stars, int Ratings);
