using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// Encodes sound piece by piece into the decoder's codes, in constant memory: the codec encodes each channel separately, and codebooks are
/// in the order 1L 1R 2L 2R …. Not thread-safe.
/// </summary>
public sealed class SoundEncoder : IDisposable
{
    private readonly StreamingEncoder[] streams;
    private readonly int modelChannels;

    /// <param name="codec">The codec.</param>
    /// <param name="modelChannels">Channels of the decoder.</param>
    /// <param name="soundChannels">Channels of the sound: as many as the decoder has, or one, which is used for each.</param>
    /// <exception cref="UserException">The number of channels fits neither.</exception>
    internal SoundEncoder(AudioCodec codec, int modelChannels, int soundChannels)
    {
        if (soundChannels != modelChannels && soundChannels != 1)
            throw new UserException($"The sound has {soundChannels} channels and the model {modelChannels}: mix them first.");
        this.modelChannels = modelChannels;
        streams = [.. Enumerable.Range(0, soundChannels).Select(_ => codec.NewEncoder())];
    }

    /// <summary>Appends the next samples.</summary>
    /// <param name="piece"><c>[channels][samples]</c> at the codec's rate.</param>
    /// <exception cref="UserException">A sample is not a finite number, or the codec's weights are broken.</exception>
    public void Append(IReadOnlyList<float[]> piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (piece.Count != streams.Length) throw new ArgumentException($"{piece.Count} channels of {streams.Length}.", nameof(piece));
        for (var channel = 0; channel < streams.Length; channel++) streams[channel].Append(piece[channel]);
    }

    /// <summary>Encodes the rest and ends the sound.</summary>
    /// <returns><c>[codebooks, frames]</c>.</returns>
    /// <exception cref="UserException">There were no samples, or the codec's weights are broken.</exception>
    public CodeGrid Finish()
    {
        var single = Array.ConvertAll(streams, stream => stream.Finish());
        if (modelChannels == 1) return single[0];
        var codes = new CodeGrid(single[0].Codebooks * modelChannels, single[0].Frames);
        for (var codebook = 0; codebook < codes.Codebooks; codebook++)
        {
            var channel = single[codebook % modelChannels % single.Length];
            for (var frame = 0; frame < codes.Frames; frame++) codes[codebook, frame] = channel[codebook / modelChannels, frame];
        }
        return codes;
    }

    public void Dispose()
    {
        foreach (var stream in streams) stream.Dispose();
    }
}

/// <summary>
/// Encodes sound as it arrives, in constant memory; the codes equal those of encoding the whole. The encoder is not causal: its
/// convolutions see a frame or two ahead and back, so a piece is computed with that much of its neighbours, and only the LSTM, which runs
/// forward, carries a state from piece to piece. Pieces begin at whole frames counted from the beginning, so the codes do not depend on how
/// the samples arrive. Not thread-safe.
/// </summary>
public sealed class StreamingEncoder : IDisposable
{
    /// <summary>Frames of a piece: two seconds at 50 a second, 80 MB of memory with MusicGen's codec.</summary>
    internal const int PieceFrames = 100;

    // A frame that is far from both ends of any signal.
    private const int Far = 1 << 20;

    private readonly LayerStack front;
    private readonly StreamableLstm lstm;
    private readonly LayerStack rest;
    private readonly ResidualQuantizer quantizer;
    private readonly int hop;
    private readonly int piece;
    private readonly string folder;

    // Samples before a frame's first that the layers before the LSTM need, and frames that the layers after it look ahead.
    private readonly int back, restAhead;

    // Padding at the end mirrors samples as far back as the kernels reach, so the last piece is never shorter than that.
    private readonly int least;

    private readonly LstmState state;
    private readonly List<short>[] codes;

    // The samples from sampleStart on that are still needed, and how many were received in all.
    private float[] samples = new float[1 << 16];
    private int held;
    private long sampleStart, received;

    // The LSTM's outputs from frame memoryStart to memoryEnd, and the number of encoded frames.
    private Tensor? memory;
    private long memoryStart, memoryEnd, coded;
    private bool isFinished;

    internal StreamingEncoder(LayerStack encoder, ResidualQuantizer quantizer, int hop, string folder, int piece = PieceFrames)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(piece);
        (this.quantizer, this.hop, this.folder, this.piece) = (quantizer, hop, folder, piece);
        var at = encoder.Layers.TakeWhile(layer => layer is not StreamableLstm).Count();
        front = new LayerStack([.. encoder.Layers.Take(at)]);
        lstm = (StreamableLstm)encoder.Layers[at];
        rest = new LayerStack([.. encoder.Layers.Skip(at + 1)]);
        state = lstm.NewState();
        codes = [.. Enumerable.Range(0, quantizer.Codebooks).Select(_ => new List<short>())];

        var (first, last) = front.Needs(Far, Far);
        var (restFirst, restLast) = rest.Needs(Far, Far);
        back = (int)((long)Far * hop - first);
        restAhead = (int)(restLast - Far);
        least = (int)((last - first + hop) / hop + 2 + restLast - restFirst);
    }

    /// <summary>Samples received.</summary>
    public long Samples => received;

    /// <summary>Frames encoded.</summary>
    public long Frames => coded;

    /// <summary>Appends the next samples.</summary>
    /// <param name="mono">At the codec's rate, −1 to 1.</param>
    /// <exception cref="UserException">A sample is not a finite number, or the codec's weights are broken.</exception>
    public void Append(ReadOnlySpan<float> mono)
    {
        if (isFinished) throw new InvalidOperationException("The sound has ended.");
        while (mono.Length > 0)
        {
            // A whole sound may be passed at once; it is not copied.
            var part = mono[..Math.Min(mono.Length, piece * hop)];
            mono = mono[part.Length..];
            Keep(part);
            while (received >= (memoryEnd + piece + least) * hop) Encode(memoryEnd + piece, isEnd: false);
        }
    }

    /// <summary>Encodes the rest and ends the sound.</summary>
    /// <returns>All codes: ⌈samples / hop⌉ frames.</returns>
    /// <exception cref="UserException">There were no samples, or the codec's weights are broken.</exception>
    public CodeGrid Finish()
    {
        if (isFinished) throw new InvalidOperationException("The sound has ended.");
        if (received == 0) throw new UserException("There is no sound to encode: the audio has no samples.");
        isFinished = true;
        Encode((received + hop - 1) / hop, isEnd: true);
        var grid = new CodeGrid(codes.Length, (int)coded);
        for (var codebook = 0; codebook < codes.Length; codebook++)
        {
            for (var frame = 0; frame < grid.Frames; frame++) grid[codebook, frame] = codes[codebook][frame];
        }
        return grid;
    }

    /// <summary>Frees the stream's memory; the weights belong to the codec.</summary>
    public void Dispose()
    {
        memory?.Dispose();
        memory = null;
    }

    private void Keep(ReadOnlySpan<float> part)
    {
        for (var i = 0; i < part.Length; i++)
        {
            if (!float.IsFinite(part[i])) throw new UserException($"Sample {received + i} of the audio is not a finite number: is the file damaged?");
        }
        if (samples.Length < held + part.Length) Array.Resize(ref samples, Math.Max(2 * samples.Length, held + part.Length));
        part.CopyTo(samples.AsSpan(held));
        held += part.Length;
        received += part.Length;
    }

    /// <summary>Runs the frames before <paramref name="end"/> through all layers, except those that the last layers still hold back.</summary>
    private void Encode(long end, bool isEnd)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        // The previous piece leaves the C library's heap fragmented; without this the heap grows with every piece.
        if (memoryEnd > 0) TorchRuntime.ReturnFreedMemory();
        // At the beginning the padding mirrors samples that no kernel needs otherwise.
        var needed = front.Needs(memoryEnd, end - 1);
        var from = From(memoryEnd);
        var to = isEnd ? received : Math.Max(end * hop, needed.Last + 1);
        using var window = TensorData.FromFloats(samples.AsSpan((int)(from - sampleStart), (int)(to - from)), 1, 1, to - from);
        using var heard = front.Forward(window);
        using var mine = heard.narrow(2, memoryEnd - from / hop, end - memoryEnd);
        using var passed = lstm.Forward(mine, state);
        Remember(memory is null ? passed.clone() : cat([memory, passed], 2), memoryStart);
        memoryEnd = end;
        Quantize(isEnd ? end : end - restAhead, isEnd);
        Forget();
    }

    /// <summary>The sample at which the window of a piece begins: a whole frame, so that every layer's strides stay aligned.</summary>
    private long From(long frame) => Math.Max(0, (frame * hop - back) / hop * hop);

    private void Quantize(long end, bool isEnd)
    {
        if (end <= coded) return;
        var needed = rest.Needs(coded, end - 1);
        if (!isEnd && needed.Last >= memoryEnd) return;
        var from = Math.Max(0, needed.First);
        var to = isEnd ? memoryEnd : needed.Last + 1;
        using var window = memory!.narrow(2, from - memoryStart, to - from).contiguous();
        using var seen = rest.Forward(window);
        using var latents = seen.narrow(2, coded - from, end - coded).contiguous();
        AudioCodec.RequireFinite(TensorData.AsSpan(latents), folder, "the codec's encoder");
        var grid = quantizer.Encode(latents);
        for (var codebook = 0; codebook < codes.Length; codebook++) codes[codebook].AddRange(grid.Codebook(codebook));
        coded = end;
        var keep = Math.Max(memoryStart, rest.Needs(coded, coded).First);
        if (keep > memoryStart && keep < memoryEnd) Remember(memory.narrow(2, keep - memoryStart, memoryEnd - keep).clone(), keep);
    }

    private void Remember(Tensor values, long start)
    {
        memory?.Dispose();
        memory = values.DetachFromDisposeScope();
        memoryStart = start;
    }

    /// <summary>Drops the samples before the next piece's window.</summary>
    private void Forget()
    {
        var gone = (int)(From(memoryEnd) - sampleStart);
        if (gone <= 0) return;
        samples.AsSpan(gone, held - gone).CopyTo(samples);
        held -= gone;
        sampleStart += gone;
    }
}
