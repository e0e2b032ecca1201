using System.Runtime.InteropServices;
using System.Text;

namespace SaeDashboard.Torch.Extensions;

/// <summary>
/// What the NVIDIA driver says of a GPU. TorchSharp counts GPUs but neither names nor measures them; the driver's interface is in C and has
/// kept these four calls since CUDA 3.2. Its numbers are libtorch's: both go by CUDA_VISIBLE_DEVICES.
/// </summary>
public static unsafe partial class CudaDriver
{
    private const string Library = "libcuda.so.1";
    private const int Success = 0, LongestName = 256;

    /// <summary>A GPU's name and its memory in bytes; null where there is no driver, or it does not answer.</summary>
    /// <param name="index">Its number, from 0.</param>
    public static (string Name, long MemoryBytes)? Describe(int index)
    {
        if (!NativeLibrary.TryLoad(Library, out _)) return null;
        try
        {
            var name = stackalloc byte[LongestName];
            if (cuInit(0) != Success || cuDeviceGet(out var device, index) != Success || cuDeviceGetName(name, LongestName, device) != Success || cuDeviceTotalMem(out var bytes, device) != Success) return null;
            var text = new ReadOnlySpan<byte>(name, LongestName);
            var end = text.IndexOf((byte)0);
            return (Encoding.UTF8.GetString(end < 0 ? text : text[..end]), checked((long)bytes));
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int cuDeviceTotalMem(out nuint bytes, int device);
}
