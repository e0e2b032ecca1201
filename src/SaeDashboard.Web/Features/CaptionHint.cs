namespace SaeDashboard.Web.Features;

/// <summary>Words that the captions of a feature's top clips share: a suggested label.</summary>
/// <param name="Words">The words, as captions write them.</param>
/// <param name="Clips">How many of the top clips' captions contain the first word.</param>
/// <param name="Of">How many strongest clips there are.</param>
/// <param name="Score">Share of the clips times the bits by which the word is rare among all captions: high if a rare word is in all of them.</param>
public sealed record CaptionHint(string Words, int Clips, int Of, double Score);
