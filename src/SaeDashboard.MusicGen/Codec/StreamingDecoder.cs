using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>How a stream of codes is decoded.</summary>
/// <param name="Channel">The channel, of a model with several.</param>
/// <param name="Channels">How many there are: codebooks come as 1L 1R 2L 2R ….</param>
/// <param name="Block">Above 0: frames are decoded in blocks of so many, counted from the beginning, whatever the pieces in which they
/// come. Then a sample's bits do not hang on the pieces either; up to Block − 1 frames more are held back. 0: as they come, which is
/// equal to rounding.</param>
/// <param name="Kept">How many frames the stream can be taken back, at least; 0: it cannot. Needs blocks.</param>
public sealed record StreamSettings(int Channel = 0, int Channels = 1, int Block = 0, int Kept = 0)
{
    /// <exception cref="UserException">They contradict one another.</exception>
    internal void Validate()
    {
        if (Channels < 1 || Channel < 0 || Channel >= Channels)
            throw new UserException($"There is no channel {Channel} of {Channels}.");
        if (Block < 0 || Kept < 0) throw new UserException("A stream's block and the frames it keeps should not be negative.");
        if (Kept > 0 && Block == 0)
            throw new UserException("A stream that is to be taken back decodes in blocks: give a block of 1 frame or more.");
    }
}

/// <summary>
/// Decodes codes that come bit by bit into the samples that decoding the whole would give (to rounding): the LSTM's state is carried, and the
/// convolutions around it see as far back and ahead as their kernels reach. So the last <see cref="HoldBack"/> samples are held back
/// until what follows them is there. Not for several threads at once.
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

    // Frames that the first convolution sees ahead, and samples that what follows the LSTM holds back.
    private readonly int ahead;
    private readonly int reach;

    private readonly LinkedList<StreamSnapshot> snapshots = new();
    private LstmState state;

    // What the LSTM gave, [1, width, frames], from frame memoryStart to memoryEnd.
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
    /// Samples held back: once N frames are final, hop·N − HoldBack samples can be given (2402 with MusicGen's 32 kHz codec, 75 ms). It
    /// follows from the layers' kernels. (A codec that pads more on the left than on the right, causal or of even kernels, mirrors more
    /// than that at the very beginning, and begins that much later.)
    /// </summary>
    public int HoldBack => hop * ahead + reach;

    /// <summary>Samples given out.</summary>
    public long Samples { get; private set; }

    /// <summary>Takes the frames that have become final.</summary>
    /// <param name="codes">All codes, of which those before <paramref name="final"/> are final; codes once final stay as they are.</param>
    /// <param name="final">How many are; all of the grid's at the end, which gives the rest of the samples. (To end earlier, give a grid
    /// that ends there.)</param>
    /// <returns>The samples that follow those given before; maybe none.</returns>
    /// <exception cref="UserException">The codes have another number of codebooks, or go past them.</exception>
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
    /// Forgets everything that hangs on codes from <paramref name="frame"/> on, so that other codes can follow there. With the same codes
    /// the samples that follow are the same, bit for bit.
    /// </summary>
    /// <param name="frame">The first frame whose codes may change.</param>
    /// <returns>The sample that <see cref="Decode"/> gives next: those from it on, given before, are no longer true.</returns>
    /// <exception cref="UserException">It is further back than the stream keeps.</exception>
    public long TakeBack(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        if (settings.Kept == 0) throw new InvalidOperationException("The stream was not made to be taken back.");
        bool Holds(int end) => end == 0 || (end % settings.Block == 0 && end + ahead <= frame);
        if (Holds(memoryEnd)) return Samples;
        if (!snapshots.Any(snapshot => Holds(snapshot.End)))
            throw new UserException($"The sound cannot be taken back to frame {frame}: {settings.Kept} frames before the last are kept.");
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
        // Of those that hold for the furthest frame asked for, one is enough.
        while (snapshots.First!.Next is { } second && second.Value.End + ahead <= memoryEnd - settings.Kept) Drop(snapshots.First);
    }

    private void Drop(LinkedListNode<StreamSnapshot> node)
    {
        node.Value.Dispose();
        snapshots.Remove(node);
    }

    /// <summary>Brings the frames before <paramref name="end"/> through the first convolution and the LSTM.</summary>
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

    /// <summary>Gives the samples before <paramref name="end"/> that were not given yet.</summary>
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

    /// <summary>How many of the last samples what follows the LSTM cannot give without a further frame: it is the same at every frame,
    /// so it is looked for at one that is far from both ends.</summary>
    private static int ReachOf(LayerStack rest, int hop)
    {
        var reach = 0;
        while (rest.Needs((long)Far * hop - reach - 1, (long)Far * hop - reach - 1).Last >= Far) reach++;
        return reach;
    }

    /// <summary>Frees the memory; the codec's weights stay the codec's.</summary>
    public void Dispose()
    {
        this.memory?.Dispose();
        this.memory = null;
        while (snapshots.First is { } node) Drop(node);
    }
}

/// <summary>What a <see cref="StreamingDecoder"/> knew before a block.</summary>
/// <param name="Lstm">A copy of the LSTM's state.</param>
/// <param name="Memory">A copy of what the LSTM gave last, or null at the beginning.</param>
/// <param name="Start">The first frame of <paramref name="Memory"/>.</param>
/// <param name="End">The frame after its last.</param>
/// <param name="Samples">Samples given out.</param>
internal sealed record StreamSnapshot(LstmState Lstm, Tensor? Memory, int Start, int End, long Samples) : IDisposable
{
    public void Dispose() => Memory?.Dispose();
}
