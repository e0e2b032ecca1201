using System.Runtime.Intrinsics;

namespace SaeDashboard.Torch.Extensions.Panels;

/// <summary>How a panel gives the 32 weights of one input as float32: a parameter of the kernels, so that
/// there is one of each for both types.</summary>
internal unsafe interface IPanelRows
{
    /// <summary>Bytes of a panel's row.</summary>
    static abstract int RowBytes { get; }

    /// <summary>Prefetches memory some way after a row, where that is faster than the processor's own prefetching.</summary>
    static abstract void Prefetch(byte* row);

    /// <summary>Outputs 0 to 15, and 16 to 31.</summary>
    static abstract void Load(byte* row, out Vector512<float> first, out Vector512<float> second);

    /// <summary>Outputs 0 to 7, 8 to 15, 16 to 23, and 24 to 31.</summary>
    static abstract void Load(byte* row, out Vector256<float> a, out Vector256<float> b, out Vector256<float> c, out Vector256<float> d);
}
