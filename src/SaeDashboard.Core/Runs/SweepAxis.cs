using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Runs;

/// <summary>One setting that a sweep varies.</summary>
/// <param name="Name">As the settings name it: "k", "learningRate".</param>
/// <param name="Values">What it takes, in this order: numbers, texts, true or false.</param>
public sealed record SweepAxis(string Name, IReadOnlyList<JsonNode?> Values);
