namespace SaeDashboard.Web.Features;

/// <summary>Words that the captions of a feature's strongest clips share: a first idea of what it hears, before anybody has named it.</summary>
/// <param name="Words">The words, as captions write them.</param>
/// <param name="Clips">In how many of the strongest clips' captions the first word stands.</param>
/// <param name="Of">How many strongest clips there are.</param>
/// <param name="Score">Share of the clips times the bits by which the word is rare among all captions: high where a rare word stands in all.</param>
public sealed record CaptionHint(string Words, int Clips, int Of, double Score);
