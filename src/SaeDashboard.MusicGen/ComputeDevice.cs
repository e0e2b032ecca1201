using System.Globalization;
using SaeDashboard.Core;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen;

/// <summary>Where a model's weights lie and are multiplied.</summary>
/// <param name="IsCuda">A GPU; otherwise the CPU.</param>
/// <param name="Index">Which GPU, from 0.</param>
public readonly record struct ComputeDevice(bool IsCuda, int Index = 0)
{
    public static ComputeDevice Cpu => default;

    /// <summary>"cpu", "cuda", "cuda:1", or "auto": a GPU where libtorch has one that can be used, else the CPU.</summary>
    /// <exception cref="UserException">It is none of these, or this libtorch has no such GPU.</exception>
    public static ComputeDevice Parse(string text)
    {
        if (!IsName(text)) throw new UserException($"'{text}' is no device: write cpu, cuda, cuda:0 or auto.");
        switch (text)
        {
            case "cpu": return Cpu;
            case "auto": return cuda.is_available() ? new ComputeDevice(true) : Cpu;
        }
        var index = text == "cuda" ? 0 : int.Parse(text[5..], CultureInfo.InvariantCulture);
        var count = cuda.device_count();
        if (count == 0)
            throw new UserException($"--device {text}: the libtorch that is loaded ({__version__}) has no CUDA, or finds no GPU. Use --device cpu, "
                + "or build with a libtorch for CUDA (LIBTORCH=/path).");
        if (index >= count)
            throw new UserException($"--device {text}: this machine has {count} GPU{(count == 1 ? "" : "s")}, numbered from 0.");
        return new ComputeDevice(true, index);
    }

    /// <summary>Whether a text is written as a device is; there need be none.</summary>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text is "cpu" or "auto" or "cuda"
            || (text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text[5..], NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }

    /// <summary>As libtorch names it.</summary>
    public Device ToTorch() => IsCuda ? new Device(TorchSharp.DeviceType.CUDA, Index) : CPU;

    public override string ToString() => IsCuda ? string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}") : "cpu";
}
