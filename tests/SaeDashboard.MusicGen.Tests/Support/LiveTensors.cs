using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Support;

/// <summary>Counts the tensors that live.</summary>
internal static class LiveTensors
{
    /// <summary>How many there are once what earlier tests dropped is gone: a finalizer in the middle of a test would make the count fall.</summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
