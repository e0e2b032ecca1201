using System.Globalization;

namespace SaeDashboard.Contracts;

/// <summary>How devices and number types are written, on the command line, in a run's config.json and in the site's form, and which go together.</summary>
public static class ComputeNames
{
    public const string Cpu = "cpu", Auto = "auto", Float32 = "float32", BFloat16 = "bfloat16", Float16 = "float16";

    private const string Cuda = "cuda";

    /// <summary>What a model's weights may be rounded to, the default first.</summary>
    public static IReadOnlyList<string> Types { get; } = [Float32, BFloat16, Float16];

    /// <summary>Whether a text names a device: cpu, cuda, cuda:0 … or auto. The machine may not have it.</summary>
    public static bool IsDevice(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text is Cpu or Auto or Cuda || (text.StartsWith(Cuda + ":", StringComparison.Ordinal) && int.TryParse(text[(Cuda.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }

    /// <summary>Whether it names a GPU.</summary>
    public static bool IsGpu(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.StartsWith(Cuda, StringComparison.Ordinal);
    }

    /// <summary>The GPU of this number, from 0.</summary>
    public static string Gpu(int index) => string.Create(CultureInfo.InvariantCulture, $"{Cuda}:{index}");

    /// <summary>One name for one device: "cuda" is "cuda:0".</summary>
    public static string Normal(string device) => device == Cuda ? Gpu(0) : device;

    /// <summary>The number of a GPU: 1 of "cuda:1".</summary>
    public static int GpuIndex(string device) => int.Parse(Normal(device)[(Cuda.Length + 1)..], CultureInfo.InvariantCulture);

    /// <summary>The types that a device computes in.</summary>
    public static IReadOnlyList<string> TypesOn(string device) => IsGpu(device) ? Types : [.. Types.Where(type => type != Float16)];

    /// <summary>What is wrong with a device and a type together, and what to do; null when they fit. Whether the machine has the device is another question.</summary>
    public static string? Problem(string device, string type) =>
        !IsDevice(device) ? $"expected a device (cpu, cuda, cuda:0 or auto), got '{device}'."
        : !Types.Contains(type) ? $"expected a number type ({string.Join(", ", Types.SkipLast(1))} or {Types[^1]}), got '{type}'."
        : type == Float16 && device == Cpu ? "float16 is for GPUs: on a CPU it is not faster than bfloat16, which has the same size. Use bfloat16 or float32."
        : null;
}

/// <summary>A device that a worker can compute on.</summary>
/// <param name="Id">As the command line names it: "cpu", "cuda:0".</param>
/// <param name="Name">What its maker calls it; null when the driver does not say.</param>
/// <param name="MemoryBytes">Memory of its own, in all; null for the CPU and when the driver does not say.</param>
public sealed record DeviceInfo(string Id, string? Name = null, long? MemoryBytes = null)
{
    /// <summary>What every machine has.</summary>
    public static DeviceInfo Cpu { get; } = new(ComputeNames.Cpu);
}

/// <summary>The decoder's text condition while activations are computed.</summary>
public static class TextConditions
{
    /// <summary>The null condition, as in the paper.</summary>
    public const string None = "none";

    /// <summary>Each clip's caption.</summary>
    public const string Caption = "caption";

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [None, Caption];

    /// <summary>The condition's name.</summary>
    /// <param name="captions">Whether captions are the condition.</param>
    public static string Of(bool captions) => captions ? Caption : None;
}
