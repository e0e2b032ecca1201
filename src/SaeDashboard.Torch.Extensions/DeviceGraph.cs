#if !TORCHSHARP_PACKAGE
using TorchSharp.Interop;
#endif

namespace SaeDashboard.Torch.Extensions;

/// <summary>
/// Work on a CUDA device recorded once and replayed with a single launch. A step of a language model is some hundred small kernels,
/// whose launching costs more than their computing. Its inputs and outputs are tensors that stay where they are; it may read nothing
/// back to the host.
/// </summary>
public sealed class DeviceGraph : IDisposable
{
    private nint graph;

    private DeviceGraph(nint graph) => this.graph = graph;

#if TORCHSHARP_PACKAGE
    /// <summary>Whether there are graphs: not with the TorchSharp package, which has no word for them.</summary>
    public static bool IsAvailable => false;

    /// <summary>Refuses: see <see cref="IsAvailable"/>.</summary>
    public static DeviceGraph Capture(Action work) => throw new NotSupportedException("The TorchSharp package has no CUDA graphs.");

    /// <summary>Refuses.</summary>
    public void Replay() => throw new NotSupportedException("The TorchSharp package has no CUDA graphs.");

    /// <summary>There is nothing to free.</summary>
    public void Dispose() => graph = 0;
#else
    /// <summary>Whether there are graphs: when the shim was compiled against a libtorch with CUDA, and a device is there.</summary>
    public static bool IsAvailable
    {
        get
        {
            Library.Check(NativeGraph.graph_available(out var available));
            return available;
        }
    }

    /// <summary>Records the work. It is run once before, so that libraries allocate what they keep: it must come to the same when it is
    /// run again.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">There is no CUDA, or the work cannot be recorded.</exception>
    public static DeviceGraph Capture(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Library.Check(NativeGraph.graph_new(out var handle));
        var graph = new DeviceGraph(handle);
        try
        {
            try
            {
                work();
                Library.Check(NativeGraph.graph_begin(handle));
                try
                {
                    work();
                }
                finally
                {
                    Library.Check(NativeGraph.graph_end(handle));
                }
            }
            finally
            {
                Library.Check(NativeGraph.graph_leave(handle));
            }
            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>Runs what was recorded, on the device; returns before it is done.</summary>
    public void Replay()
    {
        ObjectDisposedException.ThrowIf(graph == 0, this);
        Library.Check(NativeGraph.graph_replay(graph));
    }

    /// <summary>Frees the graph and the memory of its inner results.</summary>
    public void Dispose()
    {
        if (graph != 0) NativeGraph.graph_free(graph);
        graph = 0;
    }
#endif
}
