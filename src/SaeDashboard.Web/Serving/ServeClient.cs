using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Web.Serving;

/// <summary>The music worker, asked over its socket.</summary>
internal sealed class ServeClient : IServeClient
{
    public ServeState State { get; } = new(ServeStatuses.Down, "The music worker is not started.", null, 0, null);

    public event Action? Changed;

    public Task<byte[]> DecodeAsync(string modelPath, CodeGrid codes, CancellationToken ct) => throw NotThere();

    public Task<IReadOnlyList<FiringFeature>> FeaturesAsync(string modelPath, string saePath, CodeGrid codes, int top, CancellationToken ct) => throw NotThere();

    public Task<string> StartTakeAsync(TakeSettings settings, CancellationToken ct) => throw NotThere();

    public Task CancelTakeAsync(string takeId, CancellationToken ct) => throw NotThere();

    public TakeProgress? Progress(string takeId) => null;

    private UserException NotThere()
    {
        Changed?.Invoke();
        return new UserException("The music worker is not started.");
    }
}
