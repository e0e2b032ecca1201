using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// Owns the tensors made on this thread while it is the innermost scope, and disposes them when it is disposed.
/// Scopes nest; each belongs to the thread that opened it and must not span an await.
/// </summary>
public sealed partial class DisposeScope : IDisposable
{
    private readonly DisposeScopeManager manager;
    private readonly DisposeScope? outer;

    // In the order of making; a slot falls empty when its tensor leaves. A tensor knows its slot, so leaving costs no search.
    private List<IDisposable?> slots = [];
    private int count;
    private bool closed;

    internal DisposeScope(DisposeScopeManager manager)
    {
        this.manager = manager;
        outer = manager.Current;
    }

    /// <summary>How many things the scope owns.</summary>
    public int DisposablesCount => count;

    /// <summary>What the scope owns, oldest first.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => [.. Owned()];

    /// <summary>Whether the scope owns this thing.</summary>
    public bool Contains(IDisposable disposable) => Find(disposable) >= 0;

    /// <summary>Disposes everything the scope owns and closes it; the scope around it is the innermost again.</summary>
    public void Dispose()
    {
        if (closed) return;
        DisposeEverything();
        closed = true;
        // Scopes closed out of order: the innermost becomes the nearest one that is still open.
        if (manager.Current == this) manager.Current = FirstOpen(outer);
    }

    /// <summary>Disposes everything the scope owns; it stays open.</summary>
    public void DisposeEverything() => DisposeEverythingBut([]);

    /// <summary>Disposes everything the scope owns except these.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = inKeep as ICollection<IDisposable> ?? [.. inKeep];
        var kept = keep.Count == 0 ? null : new HashSet<IDisposable>(keep, ReferenceEqualityComparer.Instance);
        var before = slots;
        slots = [];
        count = 0;
        foreach (var owned in before)
        {
            if (owned is null) continue;
            if (kept is not null && kept.Contains(owned)) Put(owned);
            else Release(owned);
        }
    }

    /// <summary>Disposes everything the scope owns except these.</summary>
    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    /// <summary>Disposes everything the scope owns except this one, which is returned.</summary>
    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    /// <summary>Forgets a thing that was disposed already.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        if (!Take(disposable)) return;
        if (disposable is Tensor tensor) tensor.OwningScope = null;
        manager.Counts.DisposedInScopeCount++;
    }

    internal DisposeScopeManager Manager => manager;

    /// <summary>Takes a tensor that was just made.</summary>
    internal void Adopt(Tensor made)
    {
        Put(made);
        manager.Counts.CreatedInScopeCount++;
    }

    private static DisposeScope? FirstOpen(DisposeScope? scope)
    {
        while (scope is { closed: true }) scope = scope.outer;
        return scope;
    }

    private void Release(IDisposable owned)
    {
        if (owned is Tensor tensor)
        {
            tensor.OwningScope = null;
            tensor.CloseHandle();
        }
        else
        {
            owned.Dispose();
        }
        manager.Counts.DisposedInScopeCount++;
    }

    private void Put(IDisposable disposable)
    {
        // Many short-lived tensors in one long scope: close the gaps once they are the larger half.
        if (slots.Count >= 64 && count * 2 < slots.Count) Compact();
        if (disposable is Tensor tensor)
        {
            tensor.OwningScope = this;
            tensor.OwningSlot = slots.Count;
        }
        slots.Add(disposable);
        count++;
    }

    private bool Take(IDisposable disposable)
    {
        var slot = Find(disposable);
        if (slot < 0) return false;
        if (slot == slots.Count - 1) slots.RemoveAt(slot);
        else slots[slot] = null;
        count--;
        return true;
    }

    private int Find(IDisposable disposable)
    {
        if (disposable is Tensor tensor) return tensor.OwningScope == this ? tensor.OwningSlot : -1;
        return slots.FindIndex(owned => ReferenceEquals(owned, disposable));
    }

    private void Compact()
    {
        var owned = Owned().ToArray();
        slots.Clear();
        foreach (var one in owned)
        {
            if (one is Tensor tensor) tensor.OwningSlot = slots.Count;
            slots.Add(one);
        }
    }

    private IEnumerable<IDisposable> Owned() => slots.Where(owned => owned is not null)!;
}
