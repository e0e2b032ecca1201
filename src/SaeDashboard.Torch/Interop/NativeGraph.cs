using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/graph.cpp: CUDA graphs. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeGraph
{
    [LibraryImport(Library.Name, EntryPoint = "sae_graph_available")]
    internal static partial int graph_available([MarshalAs(UnmanagedType.U1)] out bool available);

    [LibraryImport(Library.Name, EntryPoint = "sae_graph_new")]
    internal static partial int graph_new(out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_graph_begin")]
    internal static partial int graph_begin(nint graph);

    [LibraryImport(Library.Name, EntryPoint = "sae_graph_end")]
    internal static partial int graph_end(nint graph);

    [LibraryImport(Library.Name, EntryPoint = "sae_graph_leave")]
    internal static partial int graph_leave(nint graph);

    [LibraryImport(Library.Name, EntryPoint = "sae_graph_replay")]
    internal static partial int graph_replay(nint graph);

    [LibraryImport(Library.Name, EntryPoint = "sae_graph_free")]
    internal static partial void graph_free(nint graph);
}
