using SaeDashboard.Core;

namespace SaeDashboard.MusicGen;

/// <summary>How a model is loaded.</summary>
/// <param name="Type">What the language model's weights are rounded to.</param>
/// <param name="Device">Where it computes.</param>
public sealed record ModelOptions(ComputeType Type = ComputeType.Float32, ComputeDevice Device = default)
{
    /// <summary>The type as it is written: float32, bfloat16 or float16.</summary>
    public string TypeName => Type switch
    {
        ComputeType.Float32 => "float32",
        ComputeType.BFloat16 => "bfloat16",
        ComputeType.Float16 => "float16",
        _ => throw new InvalidOperationException($"{Type} has no name."),
    };

    /// <exception cref="UserException">No such type.</exception>
    public static ComputeType ParseType(string text) => text switch
    {
        "float32" => ComputeType.Float32,
        "bfloat16" => ComputeType.BFloat16,
        "float16" => ComputeType.Float16,
        _ => throw new UserException($"'{text}' is no type: write float32, bfloat16 or float16."),
    };

    /// <summary>Whether the CPU too is to compute with libtorch's operations, as a GPU does: so that tests reach that code anywhere.</summary>
    internal bool ByTensors { get; init; }

    /// <summary>Where the language model is tensors of libtorch's; null: in host memory, for arithmetic of our own.</summary>
    internal TorchSharp.torch.Device? TensorDevice => Device.TensorDevice ?? (ByTensors ? TorchSharp.torch.CPU : null);

    /// <summary>What keys and values are kept in, if not what <see cref="Type"/> asks for: for tests.</summary>
    internal TorchSharp.torch.ScalarType? KeysInstead { get; init; }

    /// <summary>What keys and values are kept in. On a GPU they stay float32.</summary>
    internal TorchSharp.torch.ScalarType KeyType => KeysInstead
        ?? (Type == ComputeType.BFloat16 && TensorDevice is null ? TorchSharp.torch.ScalarType.BFloat16 : TorchSharp.torch.ScalarType.Float32);

    /// <summary>Refuses what cannot be computed.</summary>
    /// <exception cref="UserException">float16 on a CPU.</exception>
    public void Require()
    {
        if (ComputeNames.Problem(Device.ToString(), TypeName) is { } problem) throw new UserException($"--dtype {TypeName}: {problem}");
    }
}
