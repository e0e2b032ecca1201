using static TorchSharp.torch;

namespace TorchSharp;

public sealed partial class DisposeScope
{
    /// <summary>Makes the scope own a thing, taking it from the scope that owned it.</summary>
    public void Attach(IDisposable disposable)
    {
        if (disposable is null) return;
        var before = disposable is Tensor tensor ? tensor.OwningScope : null;
        if (before == this) return;
        before?.Take(disposable);
        if (before is null) manager.Counts.AttachedToScopeCount++;
        Put(disposable);
    }

    /// <summary>Makes the scope own these.</summary>
    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    /// <summary>Makes the scope own these, and returns them.</summary>
    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var list = disposables.ToList();
        list.ForEach(Attach);
        return list;
    }

    /// <summary>Takes a thing out of the scope; no scope owns it then.</summary>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        MoveOne(disposable, null);
        return disposable;
    }

    /// <summary>Takes these out of the scope.</summary>
    public void Detach(params IDisposable[] disposables) => MoveAll(disposables, null);

    /// <summary>Takes these out of the scope.</summary>
    public void Detach(IEnumerable<IDisposable> disposables) => MoveAll(disposables, null);

    /// <summary>Takes both out of the scope.</summary>
    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (Detach(first), Detach(second));

    /// <summary>Takes the three out of the scope.</summary>
    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => (Detach(first), Detach(second), Detach(third));

    /// <summary>Gives a thing to the scope around this one; where there is none, no scope owns it then.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        MoveOne(disposable, FirstOpen(outer));
        return disposable;
    }

    /// <summary>Gives these to the scope around this one.</summary>
    public void MoveToOuter(params IDisposable[] disposables) => MoveAll(disposables, FirstOpen(outer));

    /// <summary>Gives these to the scope around this one.</summary>
    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveAll(disposables, FirstOpen(outer));

    /// <summary>Gives both to the scope around this one.</summary>
    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second));

    /// <summary>Gives the three to the scope around this one.</summary>
    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    /// <summary>Gives a thing to another scope.</summary>
    public T MoveToOther<T>(DisposeScope scope, T disposable) where T : IDisposable
    {
        MoveOne(disposable, scope);
        return disposable;
    }

    /// <summary>Gives these to another scope.</summary>
    public void MoveToOther(DisposeScope scope, params IDisposable[] disposables) => MoveAll(disposables, scope);

    /// <summary>Gives these to another scope.</summary>
    public void MoveToOther(DisposeScope scope, IEnumerable<IDisposable> disposables) => MoveAll(disposables, scope);

    /// <summary>Gives both to another scope.</summary>
    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope scope, T1 first, T2 second)
        where T1 : IDisposable where T2 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second));

    /// <summary>Gives the three to another scope.</summary>
    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOther(scope, first), MoveToOther(scope, second), MoveToOther(scope, third));

    /// <summary>Disposes everything except these two.</summary>
    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut([first, second]);
        return (first, second);
    }

    /// <summary>Disposes everything except these three.</summary>
    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut([first, second, third]);
        return (first, second, third);
    }

    private void MoveAll(IEnumerable<IDisposable> disposables, DisposeScope? target)
    {
        foreach (var disposable in disposables) MoveOne(disposable, target);
    }

    private void MoveOne(IDisposable? disposable, DisposeScope? target)
    {
        // What this scope does not own is left where it is: it may have been moved already.
        if (disposable is null || target == this || !Take(disposable)) return;
        if (target is not null)
        {
            target.Put(disposable);
            return;
        }
        if (disposable is Tensor tensor) tensor.OwningScope = null;
        manager.Counts.DetachedFromScopeCount++;
    }
}
