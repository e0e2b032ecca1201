namespace SaeDashboard.Worker.Serving;

/// <summary>Keeps something on its shelf while it is used.</summary>
internal sealed class Lease<T>(T value, Action release) : IDisposable
{
    private Action? release = release;

    public T Value { get; } = value;

    public void Dispose()
    {
        this.release?.Invoke();
        this.release = null;
    }
}
