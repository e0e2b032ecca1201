
namespace SaeDashboard.Core.Serving;

/// <summary>What <c>GET /v1/health</c> answers.</summary>
/// <param name="State">loading or ready.</param>
/// <param name="Build">The program's <see cref="BuildId"/>.</param>
/// <param name="ProcessId">The worker's process.</param>
/// <param name="DataRoot">The data folder it works for.</param>
/// <param name="Model">The model used last; null until one is loaded.</param>
/// <param name="Saes">The SAEs it holds.</param>
/// <param name="Queue">Generations waiting or running.</param>
/// <param name="Loading">What is being loaded.</param>
/// <param name="Problem">Why what it should hold from the start could not be loaded.</param>
/// <param name="Devices">What jobs can compute on here; null from a worker of another build.</param>
public sealed record ServeHealth(
    string State, string Build, int ProcessId, string DataRoot, ServeModel? Model, IReadOnlyList<ServeSae> Saes, int Queue, ServeLoading? Loading, string? Problem,
    IReadOnlyList<DeviceInfo>? Devices = null);
