using SaeDashboard.Core;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// Reads a network's tensors in the type of the run. A weight is copied from the mapped file directly to its final memory, so that loading
/// needs no more memory than the weights.
/// </summary>
internal sealed class WeightReader
{
    private readonly CheckpointTensors tensors;
    private readonly HostArena arena;
    private readonly Device? device;

    /// <param name="tensors">The checkpoint.</param>
    /// <param name="arena">The memory of the weights.</param>
    /// <param name="type">The type they are rounded to.</param>
    /// <param name="device">The device of the weights as libtorch tensors; null: host memory, with this project's kernels.</param>
    public WeightReader(CheckpointTensors tensors, HostArena arena, ComputeType type, Device? device = null)
    {
        if (type == ComputeType.Float16 && device is null) throw new ArgumentOutOfRangeException(nameof(type), type, "float16 is for GPUs.");
        (this.tensors, this.arena, Type, this.device) = (tensors, arena, type, device);
    }

    public ComputeType Type { get; }

    public bool Contains(string name) => this.tensors.Contains(name);

    /// <inheritdoc cref="CheckpointTensors.RequireAbsent"/>
    public void RequireAbsent(string name, string configured) => this.tensors.RequireAbsent(name, configured);

    /// <summary>A tensor that is not the matrix of a product (an embedding, a norm, a bias): rounded to the type but kept in float32. It
    /// belongs to the caller's dispose scope.</summary>
    /// <exception cref="UserException">The tensor is missing, has another shape, or is not a floating type.</exception>
    public Tensor Float32(string name, params long[] shape)
    {
        var tensor = this.tensors.Float32(name, shape);
        if (Type != ComputeType.Float32) tensor.copy_(tensor.to_type(Narrow));
        return this.device is null ? tensor : tensor.to(this.device);
    }

    /// <summary>The weight of a product: the parts' outputs concatenated.</summary>
    /// <param name="inputs">Inputs of every part.</param>
    /// <param name="parts">Tensors <c>[outputs, inputs]</c> of the checkpoint.</param>
    /// <exception cref="UserException">A tensor is missing, has another shape, or is not a floating type.</exception>
    public LinearWeight Linear(long inputs, params WeightPart[] parts)
    {
        if (this.device is not null) return OnDevice(inputs, parts);
        var stored = parts.Select(part => this.tensors.Stored(part.Name, part.Outputs, inputs)).ToArray();
        // A bfloat16 checkpoint is kept in bfloat16: widened in a register it is the same number at half the bytes. A part scaled by
        // anything but a power of two is not exact in bfloat16.
        var isBFloat16 = (Type == ComputeType.BFloat16 || stored.All(tensor => tensor.Type == TensorDType.BFloat16))
            && parts.All(part => float.IsPow2(part.Scale));
        var outputs = parts.Sum(part => part.Outputs);
        var bytes = PanelWeight.PanelsOf((int)outputs) * PanelWeight.PanelBytesOf((int)inputs, isBFloat16);
        var weight = new PanelWeight(this.arena.Allocate(bytes), (int)inputs, (int)outputs, isBFloat16);
        WorkerPool.Run(new WeightPacking(weight, parts, stored, Type == ComputeType.BFloat16), weight.Panels);
        foreach (var tensor in stored) this.tensors.BytesRead?.Invoke(tensor.ByteLength);
        return weight;
    }

    private ScalarType Narrow => Type switch
    {
        ComputeType.BFloat16 => ScalarType.BFloat16,
        ComputeType.Float16 => ScalarType.Float16,
        _ => ScalarType.Float32,
    };

    /// <summary>Copies part after part, so that the host never holds more than one of them.</summary>
    private TensorWeight OnDevice(long inputs, WeightPart[] parts)
    {
        using var scope = NewDisposeScope();
        var moved = parts.Select(part =>
        {
            using var whole = this.tensors.Float32(part.Name, part.Outputs, inputs);
            using var rounded = whole.to_type(Narrow);
            // Rounded before scaling, as in host memory; the scale is a power of two for heads of 64.
            return rounded.Mul(part.Scale).to(this.device!);
        }).ToArray();
        return new TensorWeight(cat(moved, 0).t().contiguous().DetachFromDisposeScope());
    }
}

/// <summary>A tensor of a checkpoint as a part of a <see cref="LinearWeight"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Outputs">Its rows.</param>
/// <param name="Scale">The factor its numbers are multiplied by.</param>
internal readonly record struct WeightPart(string Name, long Outputs, float Scale = 1);

/// <summary>Fills a <see cref="PanelWeight"/> from a mapped file, panel by panel: rounded to bfloat16 in a bfloat16 run, then scaled.</summary>
internal sealed unsafe class WeightPacking(PanelWeight weight, WeightPart[] parts, StoredTensor[] stored, bool rounds) : PoolWork
{
    private const int Width = PanelProduct.Width;
    private const int HalfWidth = Width / 2;

    // Inputs of a block: 32 outputs of a block fit the first-level cache.
    private const int Piece = 64;

    protected override void Part(int part)
    {
        var to = (byte*)weight.Panel(part);
        var piece = stackalloc float[Width * Piece];
        for (var first = 0; first < weight.Inputs; first += Piece)
        {
            var count = Math.Min(Piece, weight.Inputs - first);
            for (var column = 0; column < Width; column++) Read(part * Width + column, first, count, piece + column * Piece);
            for (var k = 0; k < count; k++)
            {
                if (weight.IsBFloat16) WriteBFloat16(piece + k, (uint*)to + (long)(first + k) * HalfWidth);
                else WriteSingle(piece + k, (float*)to + (long)(first + k) * Width);
            }
        }
    }

    private static void WriteSingle(float* column, float* row)
    {
        for (var output = 0; output < Width; output++) row[output] = column[output * Piece];
    }

    private static void WriteBFloat16(float* column, uint* row)
    {
        for (var word = 0; word < HalfWidth; word++)
        {
            var lower = BitConverter.SingleToUInt32Bits(column[word * Piece]) >> 16;
            var upper = BitConverter.SingleToUInt32Bits(column[(word + HalfWidth) * Piece]) & 0xFFFF0000;
            row[word] = upper | lower;
        }
    }

    /// <summary>Weights of one output from input <paramref name="first"/>; zeros past the last output.</summary>
    private void Read(int output, int first, int count, float* to)
    {
        var part = 0;
        while (part < parts.Length && output >= parts[part].Outputs) output -= (int)parts[part++].Outputs;
        if (part == parts.Length)
        {
            new Span<float>(to, count).Clear();
            return;
        }
        var place = (long)output * weight.Inputs + first;
        var from = (byte*)stored[part].Address + place * stored[part].Type.Size();
        Widen(from, stored[part].Type, count, to);
        if (rounds)
        {
            for (var index = 0; index < count; index++) to[index] = BFloat16Rounding.Round(to[index]);
        }
        if (parts[part].Scale == 1) return;
        for (var index = 0; index < count; index++) to[index] *= parts[part].Scale;
    }

    private static void Widen(byte* from, TensorDType type, int count, float* to)
    {
        switch (type)
        {
            case TensorDType.Float32: Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float)); break;
            case TensorDType.BFloat16: for (var index = 0; index < count; index++) to[index] = BitConverter.UInt32BitsToSingle((uint)((ushort*)from)[index] << 16); break;
            case TensorDType.Float16: for (var index = 0; index < count; index++) to[index] = (float)((Half*)from)[index]; break;
            case TensorDType.Float64: for (var index = 0; index < count; index++) to[index] = (float)((double*)from)[index]; break;
            default: throw new InvalidOperationException($"{type} is not a floating type.");
        }
    }
}
