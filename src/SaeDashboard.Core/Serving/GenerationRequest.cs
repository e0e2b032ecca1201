using SaeDashboard.Core.Takes;

namespace SaeDashboard.Core.Serving;

/// <summary>What <c>POST /v1/generations</c> is asked.</summary>
/// <param name="TakeId">The take's id; its folder must not exist yet.</param>
/// <param name="Settings">What to make.</param>
public sealed record GenerationRequest(string TakeId, TakeSettings Settings);
