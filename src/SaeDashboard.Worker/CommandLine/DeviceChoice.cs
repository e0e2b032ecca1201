using SaeDashboard.Core;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>Where the model computes.</summary>
internal static class DeviceChoice
{
    public const string Cpu = "cpu", Cuda = "cuda", Auto = "auto";

    /// <summary>The device meant by <c>--device</c>. The model computes on CPUs only so far, so "auto" is one.</summary>
    /// <exception cref="UserException">It cannot be had.</exception>
    public static string Resolve(string wanted)
    {
        if (wanted != Cuda) return Cpu;
        throw new UserException(cuda.is_available()
            ? "There is a CUDA device, but the model computes on CPUs only so far: use --device cpu."
            : "libtorch sees no CUDA device here: it was built without CUDA, or there is no card or no driver (nvidia-smi lists them). "
                + "Use --device cpu, or build against a libtorch with CUDA (LIBTORCH=/path/to/libtorch).");
    }
}
