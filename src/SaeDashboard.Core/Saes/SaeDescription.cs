namespace SaeDashboard.Core.Saes;

/// <summary>What an SAE folder says of itself, after its tensors' names and shapes were checked against it.</summary>
/// <param name="Format">Whose layout it has.</param>
/// <param name="Config">What the SAE is.</param>
public sealed record SaeDescription(SaeFormat Format, SaeConfig Config);
