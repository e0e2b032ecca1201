using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Owns one at::Tensor on the native heap and keeps it alive while a call uses it. Counts the tensors there are.</summary>
internal sealed partial class TensorHandle : SafeHandle
{
    private static long live;
    private static long peak;

    /// <summary>Stands for a tensor that was left out: a null pointer that never closes.</summary>
    internal static readonly TensorHandle None = new();

    private TensorHandle() : base(0, ownsHandle: false) { }

    internal TensorHandle(nint tensor) : base(0, ownsHandle: true)
    {
        SetHandle(tensor);
        var now = Interlocked.Increment(ref live);
        var before = Volatile.Read(ref peak);
        while (now > before)
        {
            var seen = Interlocked.CompareExchange(ref peak, now, before);
            if (seen == before) break;
            before = seen;
        }
    }

    internal static long Live => Interlocked.Read(ref live);

    internal static long Peak => Interlocked.Read(ref peak);

    public override bool IsInvalid => handle == 0;

    /// <summary>Gives the pointer away: it is the taker's to free.</summary>
    internal nint Decouple()
    {
        var pointer = handle;
        SetHandleAsInvalid();
        Interlocked.Decrement(ref live);
        return pointer;
    }

    protected override bool ReleaseHandle()
    {
        sae_tensor_free(handle);
        Interlocked.Decrement(ref live);
        return true;
    }

    [LibraryImport(Library.Name)]
    private static partial void sae_tensor_free(nint tensor);
}
