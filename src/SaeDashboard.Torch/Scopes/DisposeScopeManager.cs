namespace TorchSharp;

/// <summary>Keeps the dispose scopes of each thread apart.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? ofThread;

    internal ThreadDisposeScopeStatistics Counts { get; } = new();

    internal DisposeScope? Current { get; set; }

    internal static DisposeScopeManager OfThread => ofThread ??= new();

    /// <summary>What the dispose scopes of this thread have counted.</summary>
    public static ThreadDisposeScopeStatistics Statistics => OfThread.Counts;

    internal static DisposeScope Open()
    {
        var manager = OfThread;
        return manager.Current = new DisposeScope(manager);
    }
}
