using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Runs;

/// <summary>One point of a sweep's grid.</summary>
/// <param name="Name">What it has of its own: "k 16, seed 1".</param>
/// <param name="Settings">The sweep's settings with this point's values.</param>
public sealed record SweepRun(string Name, JsonObject Settings);
