using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Sae.Steering;

namespace SaeDashboard.Worker.Steering;

/// <summary>One steering to be measured over seeds.</summary>
internal sealed record SteeringTrial(string Name, string? Prompt, int Frames, SamplingSettings Sampling, IReadOnlyList<Steer> Steers, SteerRows Rows);
