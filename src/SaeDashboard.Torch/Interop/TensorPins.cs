using System.Buffers;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Holds a list of tensors alive through one native call, and their pointers side by side.</summary>
internal ref struct TensorPins
{
    private readonly TensorHandle?[] handles;
    private readonly nint[] pointers;
    private int held;

    internal TensorPins(IList<Tensor>? list) : this(list?.Count ?? 0)
    {
        for (var i = 0; i < Count; i++) Hold(list![i]);
    }

    internal TensorPins(ReadOnlySpan<Tensor> list) : this(list.Length)
    {
        foreach (var tensor in list) Hold(tensor);
    }

    internal TensorPins(int capacity)
    {
        Count = capacity;
        handles = ArrayPool<TensorHandle?>.Shared.Rent(Math.Max(1, capacity));
        pointers = ArrayPool<nint>.Shared.Rent(Math.Max(1, capacity));
        held = 0;
    }

    internal int Count { get; }

    internal readonly ReadOnlySpan<nint> Pointers => pointers.AsSpan(0, Count);

    /// <summary>Adds the next tensor; null stands for one left out. Returns its pointer.</summary>
    internal nint Hold(Tensor? tensor)
    {
        try
        {
            var added = false;
            var handle = tensor?.Live;
            handle?.DangerousAddRef(ref added);
            var pointer = handle?.DangerousGetHandle() ?? 0;
            pointers[held] = pointer;
            handles[held++] = handle;
            return pointer;
        }
        catch
        {
            // A disposed one among them: the others must be let go, for nobody gets this list to dispose.
            Dispose();
            throw;
        }
    }

    public readonly void Dispose()
    {
        for (var i = 0; i < held; i++) handles[i]?.DangerousRelease();
        ArrayPool<TensorHandle?>.Shared.Return(handles, clearArray: true);
        ArrayPool<nint>.Shared.Return(pointers);
    }
}
