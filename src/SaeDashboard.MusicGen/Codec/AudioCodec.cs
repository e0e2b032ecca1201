using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// MusicGen's codec (EnCodec): sound to codes and back, one channel, in float32. A stereo model uses it once a channel. The same codes
/// give the same samples on one machine, build and thread count. Not for several threads at once.
/// </summary>
public sealed class AudioCodec : IDisposable
{
    private readonly LayerStack encoder;
    private readonly LayerStack decoder;
    private readonly ResidualQuantizer quantizer;
    private readonly string folder;

    /// <summary>Reads the tensors <c>audio_encoder.*</c>; weights stored as length and direction are folded once, here.</summary>
    /// <exception cref="UserException">The configuration is none of MusicGen's, or a tensor is missing or does not fit it.</exception>
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

    /// <summary>Codes a codebook has: 0 to this less one.</summary>
    public int CodebookSize => quantizer.Size;

    /// <summary>
    /// SHA-256 over the codec's tensors as float32 and over what in its configuration changes the sound. Takes and presets carry it:
    /// codes mean the same sound wherever it is equal.
    /// </summary>
    public string CodecHash { get; }

    /// <param name="mono">Samples at <see cref="SampleRate"/>, −1 to 1; at least one.</param>
    /// <returns>⌈samples / <see cref="HopLength"/>⌉ frames.</returns>
    /// <exception cref="UserException">There are no samples, or one is not a finite number, or the codec's weights are broken.</exception>
    public CodeGrid Encode(float[] mono)
    {
        ArgumentNullException.ThrowIfNull(mono);
        if (mono.Length == 0) throw new UserException("There is no sound to encode: the audio has no samples.");
        if (Array.FindIndex(mono, sample => !float.IsFinite(sample)) is >= 0 and var broken)
            throw new UserException($"Sample {broken} of the audio is not a finite number: is the file damaged?");

        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var latents = Latents(mono).contiguous();
        FiniteNumbers.Require(TensorData.AsSpan(latents), this.folder, "the codec's encoder");
        return quantizer.Encode(latents);
    }

    /// <returns>Frames · <see cref="HopLength"/> samples, around −1 to 1, not clipped.</returns>
    /// <exception cref="UserException">The codes have another number of codebooks, or go past them, or the codec's weights are broken.</exception>
    public float[] Decode(CodeGrid codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (codes.Frames == 0) return [];

        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var samples = TensorData.ToArray(decoder.Forward(quantizer.Decode(codes)));
        FiniteNumbers.Require(samples, this.folder, "the codec's decoder");
        return samples;
    }

    /// <summary>Decodes codes while they are made.</summary>
    /// <param name="settings">Null: one channel, as it comes.</param>
    /// <exception cref="UserException">The settings contradict one another.</exception>
    public StreamingDecoder NewStream(StreamSettings? settings = null) =>
        new(quantizer, decoder, HopLength, settings ?? new StreamSettings(), this.folder);

    internal ResidualQuantizer Quantizer => quantizer;

    /// <summary>What is quantised: [1, hidden, frames].</summary>
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
