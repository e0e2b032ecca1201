namespace SaeDashboard.Web.Studio;

/// <summary>One message of a take's sound on its way to a listener.</summary>
/// <param name="From">The first sample of <paramref name="Samples"/>.</param>
/// <param name="Samples">PCM16, little-endian, mono; empty when only the state changed.</param>
/// <param name="SampleRate">Hz; 0 while nothing is made.</param>
/// <param name="Length">Samples the arm will have when it is whole, as far as is known; a stopped take has fewer at last.</param>
/// <param name="ColumnsDone">Columns computed so far.</param>
/// <param name="Columns">Columns in all; 0 while not known.</param>
/// <param name="State">The take's state.</param>
/// <param name="Queue">How many generations come before this one; null when it does not wait.</param>
/// <param name="Error">What went wrong, for a person.</param>
public sealed record AudioChunk(long From, byte[] Samples, int SampleRate, long Length, int ColumnsDone, int Columns, TakeState State, int? Queue, string? Error);
