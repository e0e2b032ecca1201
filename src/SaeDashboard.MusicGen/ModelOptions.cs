using SaeDashboard.Core;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen;

/// <summary>How a model is loaded.</summary>
/// <param name="Type">The type the language model's weights are rounded to.</param>
/// <param name="Device">The device it computes on.</param>
public sealed record ModelOptions(ComputeType Type = ComputeType.Float32, ComputeDevice Device = default)
{
    /// <summary>The type as it is written: float32, bfloat16 or float16.</summary>
    public string TypeName => Type switch
    {
        ComputeType.Float32 => ComputeNames.Float32,
        ComputeType.BFloat16 => ComputeNames.BFloat16,
        ComputeType.Float16 => ComputeNames.Float16,
        _ => throw new InvalidOperationException($"{Type} has no name."),
    };

    /// <exception cref="UserException">No such type.</exception>
    public static ComputeType ParseType(string text) => text switch
    {
        ComputeNames.Float32 => ComputeType.Float32,
        ComputeNames.BFloat16 => ComputeType.BFloat16,
        ComputeNames.Float16 => ComputeType.Float16,
        _ => throw new UserException($"'{text}' is not a type: write float32, bfloat16 or float16."),
    };

    /// <summary>Whether the CPU also computes with libtorch's operations, as a GPU does, so that tests reach that code on any machine.</summary>
    internal bool ByTensors { get; init; }

    /// <summary>The device of the language model's libtorch tensors; null: host memory, with this project's kernels.</summary>
    internal TorchSharp.torch.Device? TensorDevice => Device.TensorDevice ?? (ByTensors ? TorchSharp.torch.CPU : null);

    /// <summary>Overrides the type of keys and values, for tests.</summary>
    internal TorchSharp.torch.ScalarType? KeysInstead { get; init; }

    /// <summary>The type of keys and values. On a GPU they stay float32.</summary>
    internal TorchSharp.torch.ScalarType KeyType => KeysInstead
        ?? (Type == ComputeType.BFloat16 && TensorDevice is null ? TorchSharp.torch.ScalarType.BFloat16 : TorchSharp.torch.ScalarType.Float32);

    /// <summary>Rejects combinations that cannot be computed.</summary>
    /// <exception cref="UserException">float16 on a CPU.</exception>
    public void Require()
    {
        if (ComputeNames.Problem(Device.ToString(), TypeName) is { } problem) throw new UserException($"--dtype {TypeName}: {problem}");
    }
}

/// <summary>The device that a model, a trainer or an SAE computes on and keeps its weights on.</summary>
/// <param name="IsCuda">A GPU; otherwise the CPU.</param>
/// <param name="Index">Which GPU, from 0.</param>
public readonly record struct ComputeDevice(bool IsCuda, int Index = 0)
{
    public static ComputeDevice Cpu => default;

    /// <summary>Whether libtorch finds a usable GPU.</summary>
    public static bool HasGpu => cuda.is_available();

    /// <summary>The devices of this machine, the CPU first.</summary>
    public static IReadOnlyList<DeviceInfo> All() =>
        [DeviceInfo.Cpu, .. Enumerable.Range(0, cuda.device_count()).Select(index => CudaDriver.Describe(index) is var (name, bytes)
            ? new DeviceInfo(ComputeNames.Gpu(index), name, bytes) : new DeviceInfo(ComputeNames.Gpu(index)))];

    /// <summary>"cpu", "cuda", "cuda:1", or "auto": a GPU where libtorch has one that can be used, else the CPU.</summary>
    /// <param name="text">The name.</param>
    /// <param name="where">The option or setting it is from, for messages.</param>
    /// <exception cref="UserException">The name is unknown, or libtorch has no such GPU.</exception>
    public static ComputeDevice Parse(string text, string where = "--device")
    {
        if (!ComputeNames.IsDevice(text)) throw new UserException($"{where}: expected cpu, cuda, cuda:0 or auto, got '{text}'.");
        switch (text)
        {
            case ComputeNames.Cpu: return Cpu;
            case ComputeNames.Auto: return HasGpu ? new ComputeDevice(true) : Cpu;
        }
        var (index, count) = (ComputeNames.GpuIndex(text), cuda.device_count());
        if (count == 0)
            throw new UserException($"{where} {text}: the libtorch that is loaded ({TorchRuntime.LoadedVersion}, {TorchRuntime.Folder}) has no CUDA, or finds no GPU. "
                + "Use --device cpu; or build with -p:LibTorch=cuda-12.8, or set SAE_LIBTORCH to the torch/lib folder of a PyTorch with CUDA.");
        if (index >= count)
            throw new UserException($"{where} {text}: this machine has {count} GPU{(count == 1 ? "" : "s")}, numbered from 0. Use one of those, or --device cpu.");
        return new ComputeDevice(true, index);
    }

    /// <summary>As libtorch names it.</summary>
    public Device ToTorch() => IsCuda ? new Device(TorchSharp.DeviceType.CUDA, Index) : CPU;

    /// <summary>The device for libtorch's operations; null: the CPU with this project's kernels.</summary>
    public Device? TensorDevice => IsCuda ? ToTorch() : null;

    public override string ToString() => IsCuda ? ComputeNames.Gpu(Index) : ComputeNames.Cpu;
}

/// <summary>The type the language model's weights are rounded to. Sums are always float32; the text encoder and the codec stay float32.</summary>
public enum ComputeType
{
    Float32,

    /// <summary>float32's exponent, 8 bits of precision, half the bytes.</summary>
    BFloat16,

    /// <summary>11 bits of precision, to ±65504: on a GPU only.</summary>
    Float16,
}
