using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>SaeIndex of native/index.cpp: one entry of an indexer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeIndex
{
    internal NativeIndexKind Kind;

    /// <summary>Bit 0: a start was given; bit 1: a stop; bit 2: a step.</summary>
    internal int Given;
    internal long Start;
    internal long Stop;
    internal long Step;
    internal nint Tensor;
}

internal enum NativeIndexKind
{
    NewDimension = 0,
    Ellipsis = 1,
    Single = 2,
    Slice = 3,
    Boolean = 4,
    Tensor = 5,
}
