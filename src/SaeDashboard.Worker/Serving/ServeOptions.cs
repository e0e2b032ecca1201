using SaeDashboard.MusicGen;

namespace SaeDashboard.Worker.Serving;

/// <summary>What <c>serve</c> was started with.</summary>
/// <param name="DataRoot">The data folder; takes are written below it.</param>
/// <param name="Roots">Folders that models and SAEs may lie under, the data folder among them.</param>
/// <param name="Socket">The Unix socket to listen on.</param>
/// <param name="Model">A model to hold from the start.</param>
/// <param name="Saes">SAEs to hold from the start.</param>
/// <param name="Compute">How models are loaded; null: float32 on the CPU.</param>
internal sealed record ServeOptions(string DataRoot, IReadOnlyList<string> Roots, string Socket, string? Model, IReadOnlyList<string> Saes,
    ModelOptions? Compute = null);
