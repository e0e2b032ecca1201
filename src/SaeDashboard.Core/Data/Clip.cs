namespace SaeDashboard.Core.Data;

/// <summary>One clip of a data set.</summary>
/// <param name="Row">Its line in metadata.jsonl and its row in the codes, from 0.</param>
/// <param name="Id">Its name, unique in the set.</param>
/// <param name="Split">sae-train, select or test: what it may be used for.</param>
/// <param name="Caption">What a model would be prompted with to make it.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Bpm">Beats a minute, where known.</param>
/// <param name="Key">0 = C … 11 = B, where known.</param>
/// <param name="Mode">"major", "minor", …, where known.</param>
public sealed record Clip(int Row, string Id, string Split, string Caption, double Seconds, double? Bpm, int? Key, string? Mode);
