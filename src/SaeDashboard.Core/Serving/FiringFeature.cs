namespace SaeDashboard.Core.Serving;

/// <summary>A feature that fires in a piece of sound.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Maximum">Its largest activation.</param>
/// <param name="Multiple">The same in multiples of the feature's p99.</param>
/// <param name="Column">Where that is; column c has heard frames up to c − 1.</param>
/// <param name="Seconds">The same as time: (column − 1) / frame rate.</param>
/// <param name="Strip">Its activation over time, a byte a frame: 255 is the maximum.</param>
public sealed record FiringFeature(int Feature, double Maximum, double Multiple, int Column, double Seconds, byte[] Strip);
