using System.Globalization;

namespace TorchSharp;

/// <summary>Counts of one thread's tensors, by whether a dispose scope owned them.</summary>
public class ThreadDisposeScopeStatistics
{
    /// <summary>Tensors made while no scope was open.</summary>
    public long CreatedOutsideScopeCount { get; internal set; }

    /// <summary>Tensors disposed that no scope owned.</summary>
    public long DisposedOutsideScopeCount { get; internal set; }

    /// <summary>Tensors made inside a scope.</summary>
    public long CreatedInScopeCount { get; internal set; }

    /// <summary>Tensors disposed that a scope owned.</summary>
    public long DisposedInScopeCount { get; internal set; }

    /// <summary>Tensors given to a scope after they were made.</summary>
    public long AttachedToScopeCount { get; internal set; }

    /// <summary>Tensors taken out of every scope.</summary>
    public long DetachedFromScopeCount { get; internal set; }

    /// <summary>Tensors of this thread that were made and not yet disposed.</summary>
    public long ThreadTotalLiveCount =>
        CreatedInScopeCount + CreatedOutsideScopeCount - DisposedInScopeCount - DisposedOutsideScopeCount;

    /// <summary>Starts every count at zero.</summary>
    public void Reset()
    {
        CreatedOutsideScopeCount = DisposedOutsideScopeCount = CreatedInScopeCount = DisposedInScopeCount = 0;
        AttachedToScopeCount = DetachedFromScopeCount = 0;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"in scopes: {CreatedInScopeCount} made, {DisposedInScopeCount} disposed; " +
        $"outside: {CreatedOutsideScopeCount} made, {DisposedOutsideScopeCount} disposed; " +
        $"{AttachedToScopeCount} attached, {DetachedFromScopeCount} detached; {ThreadTotalLiveCount} live");
}
