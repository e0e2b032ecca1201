using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>How a stream of codes is decoded.</summary>
/// <param name="Channel">The channel to decode, from 0.</param>
/// <param name="Channels">Number of channels: codebooks are in the order 1L 1R 2L 2R ….</param>
/// <param name="Block">Above 0: frames are decoded in blocks of this size, counted from the beginning, so a sample's bits do not depend on
/// how the frames arrive; up to Block − 1 more frames are held back. 0: frames are decoded as they arrive, which is equal up to
/// rounding.</param>
/// <param name="Kept">How many frames the stream can be rewound, at least; 0: not at all. Needs blocks.</param>
public sealed record StreamSettings(int Channel = 0, int Channels = 1, int Block = 0, int Kept = 0)
{
    /// <exception cref="UserException">The settings contradict one another.</exception>
    internal void Validate()
    {
        if (Channels < 1 || Channel < 0 || Channel >= Channels)
            throw new UserException($"There is no channel {Channel} of {Channels}.");
        if (Block < 0 || Kept < 0) throw new UserException("A stream's block and the frames it keeps should not be negative.");
        if (Kept > 0 && Block == 0)
            throw new UserException("A stream that can be rewound decodes in blocks: give a block of 1 frame or more.");
    }
}

/// <summary>
/// Decodes codes as they are generated. The samples equal those of decoding the whole (up to rounding): the LSTM's state is carried, and the
/// convolutions around it see as far back and ahead as their kernels reach. The last <see cref="HoldBack"/> samples are held back until the
/// frames after them are known. Not thread-safe.
/// </summary>
public sealed class StreamingDecoder : IDisposable
{
    // A frame that is far from both ends of any signal.
    private const int Far = 1 << 20;

    private readonly ResidualQuantizer quantizer;
    private readonly StreamableConvolution first;
    private readonly StreamableLstm lstm;
    private readonly LayerStack rest;
    private readonly StreamSettings settings;
    private readonly int hop;
    private readonly string folder;

    // Frames that the first convolution looks ahead, and samples that the layers after the LSTM hold back.
    private readonly int ahead;
    private readonly int reach;

    private readonly LinkedList<StreamSnapshot> snapshots = new();
    private LstmState state;

    // The LSTM's outputs, [1, width, frames], from frame memoryStart to memoryEnd.
    private Tensor? memory;
    private int memoryStart;
    private int memoryEnd;

    internal StreamingDecoder(ResidualQuantizer quantizer, LayerStack decoder, int hop, StreamSettings settings, string folder)
    {
        settings.Validate();
        (this.quantizer, this.hop, this.settings, this.folder) = (quantizer, hop, settings, folder);
        first = (StreamableConvolution)decoder.Layers[0];
        lstm = (StreamableLstm)decoder.Layers[1];
        rest = new LayerStack([.. decoder.Layers.Skip(2)]);
        state = lstm.NewState();
        ahead = (int)first.Needs(Far, Far).Last - Far;
        reach = ReachOf(rest, hop);
    }

    /// <summary>
    /// Samples held back: once N frames are final, hop·N − HoldBack samples are available (2402 with MusicGen's 32 kHz codec, 75 ms). The
    /// value follows from the layers' kernels. (A codec that pads more on the left than on the right, causal or of even kernels, mirrors
    /// more samples at the beginning, and starts that much later.)
    /// </summary>
    public int HoldBack => hop * ahead + reach;

    /// <summary>Samples returned so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Decodes the frames that have become final.</summary>
    /// <param name="codes">All codes, of which those before <paramref name="final"/> are final; final codes do not change.</param>
    /// <param name="final">Number of final frames; all frames of the grid at the end, which returns the remaining samples. (To end earlier,
    /// pass a grid that ends there.)</param>
    /// <returns>The samples that follow those returned before; possibly none.</returns>
    /// <exception cref="UserException">The number of codebooks differs, or a code is out of range.</exception>
    public float[] Decode(CodeGrid codes, int final)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(final, codes.Frames);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var isEnd = final == codes.Frames;
        var limit = isEnd ? final : final - ahead;
        var pieces = new List<float[]>();
        while (memoryEnd < limit)
        {
            var end = settings.Block == 0 ? limit : (memoryEnd / settings.Block + 1) * settings.Block;
            if (end > limit)
            {
                if (!isEnd) break;
                end = limit;
            }
            if (!isEnd && first.Needs(memoryEnd, end - 1).Last >= final) break;
            Snapshot();
            using var piece = NewDisposeScope();
            Remember(codes, final, end);
            var ready = end == codes.Frames ? (long)hop * end : (long)hop * end - reach;
            if (end == codes.Frames || rest.Needs(Samples, ready - 1).Last < memoryEnd) pieces.Add(Emit(ready));
        }
        if (isEnd) pieces.Add(Emit((long)hop * final));
        return Joined(pieces);
    }

    /// <summary>
    /// Discards everything that depends on codes from <paramref name="frame"/> on, so that other codes can follow. The same codes give the
    /// same samples, bit for bit.
    /// </summary>
    /// <param name="frame">The first frame whose codes may change.</param>
    /// <returns>The sample that <see cref="Decode"/> returns next; samples from there on that were returned before are obsolete.</returns>
    /// <exception cref="UserException">The frame is further back than the stream keeps.</exception>
    public long Rewind(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        if (settings.Kept == 0) throw new InvalidOperationException("The stream was not made to be rewound.");
        bool Holds(int end) => end == 0 || (end % settings.Block == 0 && end + ahead <= frame);
        if (Holds(memoryEnd)) return Samples;
        if (!snapshots.Any(snapshot => Holds(snapshot.End)))
            throw new UserException($"The sound cannot be rewound to frame {frame}: {settings.Kept} frames before the last are kept.");
        while (!Holds(snapshots.Last!.Value.End)) Drop(snapshots.Last);
        var last = snapshots.Last.Value;
        (state, memoryStart, memoryEnd, Samples) = (last.Lstm.Clone(), last.Start, last.End, last.Samples);
        this.memory?.Dispose();
        this.memory = last.Memory?.clone().DetachFromDisposeScope();
        Drop(snapshots.Last);
        return Samples;
    }

    private void Snapshot()
    {
        if (settings.Kept == 0) return;
        snapshots.AddLast(new StreamSnapshot(state.Clone(), this.memory?.clone().DetachFromDisposeScope(), memoryStart, memoryEnd, Samples));
        // One snapshot before the earliest frame that can be asked for is enough.
        while (snapshots.First!.Next is { } second && second.Value.End + ahead <= memoryEnd - settings.Kept) Drop(snapshots.First);
    }

    private void Drop(LinkedListNode<StreamSnapshot> node)
    {
        node.Value.Dispose();
        snapshots.Remove(node);
    }

    /// <summary>Runs the frames before <paramref name="end"/> through the first convolution and the LSTM.</summary>
    private void Remember(CodeGrid codes, int final, int end)
    {
        var needed = first.Needs(memoryEnd, end - 1);
        var from = (int)Math.Max(0, needed.First);
        var to = (int)Math.Min(final, needed.Last + 1);
        using var latents = quantizer.Decode(OfChannel(codes, from, to - from));
        using var convolved = first.Forward(latents);
        using var stretch = convolved.narrow(2, memoryEnd - from, end - memoryEnd);
        using var passed = lstm.Forward(stretch, state);
        Keep(this.memory is null ? passed.clone() : cat([this.memory, passed], 2));
        memoryEnd = end;
    }

    /// <summary>Returns the samples before <paramref name="end"/> that were not returned yet.</summary>
    private float[] Emit(long end)
    {
        if (end <= Samples) return [];
        var needed = rest.Needs(Samples, end - 1);
        var from = (int)Math.Max(0, Math.Min(needed.First, Samples / hop));
        var to = (int)Math.Min(memoryEnd, Math.Max(needed.Last, (end - 1) / hop) + 1);
        using var window = this.memory!.narrow(2, from - memoryStart, to - from).contiguous();
        using var decoded = rest.Forward(window);
        using var mine = decoded.narrow(2, Samples - (long)from * hop, end - Samples);
        var samples = TensorData.ToArray(mine);
        AudioCodec.RequireFinite(samples, this.folder, "the codec's decoder");
        Samples = end;
        var keepFrom = (int)Math.Max(memoryStart, Math.Min(rest.Needs(end, end).First, end / hop));
        if (keepFrom > memoryStart && keepFrom < memoryEnd)
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

    private CodeGrid OfChannel(CodeGrid codes, int from, int count)
    {
        var slice = codes.Slice(from, count);
        if (settings.Channels == 1) return slice;
        if (codes.Codebooks % settings.Channels != 0)
            throw new UserException($"{codes.Name}: {codes.Codebooks} codebooks are not {settings.Channels} channels: they were made by another model.");
        var mine = new CodeGrid(codes.Codebooks / settings.Channels, count) { Source = codes.Source };
        for (var codebook = 0; codebook < mine.Codebooks; codebook++)
        {
            for (var frame = 0; frame < count; frame++) mine[codebook, frame] = slice[codebook * settings.Channels + settings.Channel, frame];
        }
        return mine;
    }

    private static float[] Joined(List<float[]> pieces)
    {
        if (pieces.Count == 1) return pieces[0];
        var all = new float[pieces.Sum(piece => piece.Length)];
        var at = 0;
        foreach (var piece in pieces)
        {
            piece.CopyTo(all, at);
            at += piece.Length;
        }
        return all;
    }

    /// <summary>How many of the last samples the layers after the LSTM cannot compute without a further frame. The number is the same at
    /// every frame, so it is measured at one far from both ends.</summary>
    private static int ReachOf(LayerStack rest, int hop)
    {
        var reach = 0;
        while (rest.Needs((long)Far * hop - reach - 1, (long)Far * hop - reach - 1).Last >= Far) reach++;
        return reach;
    }

    /// <summary>Frees the stream's memory; the weights belong to the codec.</summary>
    public void Dispose()
    {
        this.memory?.Dispose();
        this.memory = null;
        while (snapshots.First is { } node) Drop(node);
    }
}

/// <summary>The state of a <see cref="StreamingDecoder"/> before a block.</summary>
/// <param name="Lstm">A copy of the LSTM's state.</param>
/// <param name="Memory">A copy of the LSTM's last outputs, or null at the beginning.</param>
/// <param name="Start">The first frame of <paramref name="Memory"/>.</param>
/// <param name="End">The frame after its last.</param>
/// <param name="Samples">Samples returned.</param>
internal sealed record StreamSnapshot(LstmState Lstm, Tensor? Memory, int Start, int End, long Samples) : IDisposable
{
    public void Dispose() => Memory?.Dispose();
}
