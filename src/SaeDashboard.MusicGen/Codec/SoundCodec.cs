using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>The codec of a MusicGen folder without the rest of the model: for what only turns sound into codes. Not thread-safe.</summary>
public sealed class SoundCodec : IDisposable
{
    private readonly CheckpointTensors tensors;

    private SoundCodec(string folder, MusicGenConfig config, CheckpointTensors tensors)
    {
        (Folder, Config, this.tensors) = (folder, config, tensors);
        Codec = new AudioCodec(config.AudioEncoder, tensors);
    }

    public string Folder { get; }

    public MusicGenConfig Config { get; }

    public AudioCodec Codec { get; }

    /// <summary>Channels of the model.</summary>
    public int Channels => Config.Decoder.AudioChannels;

    /// <summary>Codebooks of the model's codes: those of all channels.</summary>
    public int Codebooks => Codec.Codebooks * Channels;

    /// <summary>Frames of the longest window that the model was trained on.</summary>
    public int WindowFrames => WindowSettings.Of(Config).LongestFrames;

    /// <summary>Loads the codec.</summary>
    /// <exception cref="Core.UserException">A file or a tensor is missing, damaged or does not fit; the message names it.</exception>
    public static SoundCodec Load(string folder)
    {
        var config = MusicGenConfig.Load(folder);
        var tensors = CheckpointTensors.Open(folder);
        try
        {
            return new SoundCodec(folder, config, tensors);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Encodes a sound; the codes are those of <see cref="MusicGenModel.EncodeSound"/>.</summary>
    /// <param name="channels"><c>[channels][samples]</c> at the codec's rate: as many channels as the model has, or one, which is used for each.</param>
    /// <returns><c>[codebooks, frames]</c>.</returns>
    /// <exception cref="Core.UserException">There is no sample, or the number of channels fits neither.</exception>
    public CodeGrid Encode(IReadOnlyList<float[]> channels)
    {
        ArgumentNullException.ThrowIfNull(channels);
        using var encoder = new SoundEncoder(Codec, Channels, channels.Count);
        encoder.Append(channels);
        return encoder.Finish();
    }

    public void Dispose()
    {
        Codec.Dispose();
        tensors.Dispose();
    }
}
