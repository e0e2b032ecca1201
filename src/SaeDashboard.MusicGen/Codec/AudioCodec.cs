using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// MusicGen's codec (EnCodec): sound to codes and back, one channel, in float32. A stereo model uses it once a channel. The same codes
/// give the same samples on one machine, build and thread count. Not thread-safe.
/// </summary>
public sealed class AudioCodec : IDisposable
{
    // Frames decoded at once: two seconds at 50 a second.
    private const int PieceFrames = 100;

    private readonly LayerStack encoder;
    private readonly LayerStack decoder;
    private readonly ResidualQuantizer quantizer;
    private readonly string folder;

    /// <summary>Reads the tensors <c>audio_encoder.*</c>; weights stored as length and direction are folded once, here.</summary>
    /// <exception cref="UserException">The configuration is not MusicGen's, or a tensor is missing or does not fit it.</exception>
    public AudioCodec(AudioEncoderConfig config, CheckpointTensors checkpoint)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var _ = no_grad();

        var shape = new CodecShape(config, Path.Combine(checkpoint.Folder, "config.json"));
        var tensors = new CodecTensors(checkpoint);
        encoder = CodecNetworks.Encoder(tensors, shape);
        decoder = CodecNetworks.Decoder(tensors, shape);
        quantizer = new ResidualQuantizer(tensors, config.CodebookSize, config.HiddenSize);

        this.folder = checkpoint.Folder;
        SampleRate = config.SamplingRate;
        HopLength = config.HopLength;
        CodecHash = tensors.Hash(shape.Fingerprint);
    }

    /// <summary>Hz.</summary>
    public int SampleRate { get; }

    /// <summary>Frames a second, exactly: a frame is <see cref="HopLength"/> samples.</summary>
    public double FrameRate => (double)SampleRate / HopLength;

    /// <summary>Samples a frame.</summary>
    public int HopLength { get; }

    public int Codebooks => quantizer.Codebooks;

    /// <summary>Entries of a codebook; codes are 0 to this minus 1.</summary>
    public int CodebookSize => quantizer.Size;

    /// <summary>
    /// SHA-256 over the codec's tensors as float32 and over the settings that change the sound. Takes and presets carry it:
    /// equal hashes mean that equal codes give the same sound.
    /// </summary>
    public string CodecHash { get; }

    /// <param name="mono">Samples at <see cref="SampleRate"/>, −1 to 1; at least one.</param>
    /// <returns>⌈samples / <see cref="HopLength"/>⌉ frames.</returns>
    /// <exception cref="UserException">There are no samples, or one is not a finite number, or the codec's weights are broken.</exception>
    public CodeGrid Encode(float[] mono)
    {
        ArgumentNullException.ThrowIfNull(mono);
        using var stream = NewEncoder();
        stream.Append(mono);
        return stream.Finish();
    }

    /// <summary>Encodes sound as it arrives, in constant memory; the codes are those of <see cref="Encode"/>.</summary>
    public StreamingEncoder NewEncoder() => NewEncoder(StreamingEncoder.PieceFrames);

    internal StreamingEncoder NewEncoder(int pieceFrames) => new(encoder, quantizer, HopLength, this.folder, pieceFrames);

    /// <returns>Frames · <see cref="HopLength"/> samples, around −1 to 1, not clipped.</returns>
    /// <exception cref="UserException">The number of codebooks differs, a code is out of range, or the codec's weights are broken.</exception>
    public float[] Decode(CodeGrid codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        var samples = new float[codes.Frames * HopLength];
        var at = 0;
        foreach (var piece in DecodePieces(codes))
        {
            piece.CopyTo(samples, at);
            at += piece.Length;
        }
        return samples;
    }

    /// <summary>As <see cref="Decode"/>, piece by piece in constant memory: the same samples, bit for bit.</summary>
    /// <exception cref="UserException">As <see cref="Decode"/>.</exception>
    public IEnumerable<float[]> DecodePieces(CodeGrid codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        quantizer.Check(codes);
        return Pieces();

        IEnumerable<float[]> Pieces()
        {
            using var stream = NewStream(new StreamSettings(Block: PieceFrames));
            for (var final = 0; final < codes.Frames;)
            {
                // As in encoding: without this the heap fragments and grows.
                if (final > 0) TorchRuntime.ReturnFreedMemory();
                final = Math.Min(codes.Frames, final + PieceFrames);
                yield return stream.Decode(codes, final);
            }
        }
    }

    /// <summary>Decodes codes while they are generated.</summary>
    /// <param name="settings">Null: one channel, decoded as the frames arrive.</param>
    /// <exception cref="UserException">The settings contradict one another.</exception>
    public StreamingDecoder NewStream(StreamSettings? settings = null) =>
        new(quantizer, decoder, HopLength, settings ?? new StreamSettings(), this.folder);

    internal ResidualQuantizer Quantizer => quantizer;

    /// <summary>Refuses to write the sound of broken weights: players differ in what they do with a NaN.</summary>
    /// <exception cref="UserException">A value is NaN or infinite.</exception>
    internal static void RequireFinite(ReadOnlySpan<float> values, string folder, string part)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                throw new UserException($"{folder}: {part} gives numbers that are not finite, so its weights are broken (NaN, infinite or huge "
                    + "numbers). Fetch the model again.");
        }
    }

    /// <summary>The encoder's output before quantisation: [1, hidden, frames].</summary>
    internal Tensor Latents(float[] mono)
    {
        using var samples = TensorData.FromFloats(mono, 1, 1, mono.Length);
        return encoder.Forward(samples);
    }

    public void Dispose()
    {
        encoder.Dispose();
        decoder.Dispose();
        quantizer.Dispose();
    }
}
