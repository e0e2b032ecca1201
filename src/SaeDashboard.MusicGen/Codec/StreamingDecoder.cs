using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// Decodes codes that come bit by bit into the samples that decoding the whole would give (to rounding): the LSTM's state is carried, and the
/// convolutions around it see as far back and ahead as their kernels reach. So the last frames are held back until what follows them is
/// there: four, with MusicGen's kernels. Not for several threads at once.
/// </summary>
public sealed class StreamingDecoder : IDisposable
{
    private readonly ResidualQuantizer quantizer;
    private readonly StreamableConvolution first;
    private readonly StreamableLstm lstm;
    private readonly LayerStack rest;
    private readonly LstmState state;
    private readonly int hop;
    private readonly string folder;

    // What the LSTM gave, [1, width, frames], from frame memoryStart to memoryEnd.
    private Tensor? memory;
    private int memoryStart;
    private int memoryEnd;

    internal StreamingDecoder(ResidualQuantizer quantizer, LayerStack decoder, int hop, string folder)
    {
        this.quantizer = quantizer;
        this.hop = hop;
        this.folder = folder;
        first = (StreamableConvolution)decoder.Layers[0];
        lstm = (StreamableLstm)decoder.Layers[1];
        rest = new LayerStack([.. decoder.Layers.Skip(2)]);
        state = lstm.NewState();
    }

    /// <summary>Frames whose samples were given out.</summary>
    public int Frames { get; private set; }

    /// <summary>Takes the frames that have become final.</summary>
    /// <param name="codes">All codes, of which those before <paramref name="final"/> are final; the same grid at every call.</param>
    /// <param name="final">How many are; all of the grid's at the end, which gives the rest of the samples.</param>
    /// <returns>The samples that follow those given before; maybe none.</returns>
    /// <exception cref="UserException">The codes have another number of codebooks, or go past them.</exception>
    public float[] Decode(CodeGrid codes, int final)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(final, codes.Frames);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var isEnd = final == codes.Frames;
        Remember(codes, final, isEnd ? final : final - (int)first.Needs(0, 0).Last);
        var end = memoryEnd;
        while (!isEnd && end > Frames && rest.Needs(0, (long)end * hop - 1).Last >= memoryEnd) end--;
        return end > Frames ? Emit(end) : [];
    }

    /// <summary>Brings the frames before <paramref name="end"/> through the first convolution and the LSTM.</summary>
    private void Remember(CodeGrid codes, int final, int end)
    {
        if (end <= memoryEnd) return;
        var needed = first.Needs(memoryEnd, end - 1);
        var from = (int)Math.Max(0, needed.First);
        var to = (int)Math.Min(final, needed.Last + 1);
        using var latents = quantizer.Decode(codes.Slice(from, to - from));
        using var convolved = first.Forward(latents);
        using var stretch = convolved.narrow(2, memoryEnd - from, end - memoryEnd);
        using var passed = lstm.Forward(stretch, state);
        Keep(this.memory is null ? passed.clone() : cat([this.memory, passed], 2));
        memoryEnd = end;
    }

    private float[] Emit(int end)
    {
        var needed = rest.Needs((long)Frames * hop, (long)end * hop - 1);
        var from = (int)Math.Max(0, needed.First);
        var to = (int)Math.Min(memoryEnd, needed.Last + 1);
        using var window = this.memory!.narrow(2, from - memoryStart, to - from).contiguous();
        using var decoded = rest.Forward(window);
        using var mine = decoded.narrow(2, (long)(Frames - from) * hop, (long)(end - Frames) * hop);
        var samples = TensorData.ToArray(mine);
        FiniteNumbers.Require(samples, this.folder, "the codec's decoder");
        Frames = end;
        var keepFrom = (int)Math.Max(memoryStart, rest.Needs((long)end * hop, (long)end * hop).First);
        if (keepFrom < memoryEnd)
        {
            Keep(this.memory.narrow(2, keepFrom - memoryStart, memoryEnd - keepFrom).clone());
            memoryStart = keepFrom;
        }
        return samples;
    }

    private void Keep(Tensor memory)
    {
        this.memory?.Dispose();
        this.memory = memory.DetachFromDisposeScope();
    }

    /// <summary>Frees the memory; the codec's weights stay the codec's.</summary>
    public void Dispose()
    {
        this.memory?.Dispose();
        this.memory = null;
    }
}
