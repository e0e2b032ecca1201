using SaeDashboard.Core;
using SaeDashboard.Core.Data;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// Encodes a sound that comes piece by piece into the decoder's codes: each channel alone through the codec, codebooks in the order
/// 1L 1R 2L 2R …. Memory does not grow with the sound. Not for several threads at once.
/// </summary>
public sealed class SoundEncoder : IDisposable
{
    private readonly StreamingEncoder[] streams;
    private readonly int modelChannels;

    /// <param name="codec">The codec.</param>
    /// <param name="modelChannels">Channels of the decoder.</param>
    /// <param name="soundChannels">Channels of the sound: as many, or one, which then stands for each.</param>
    /// <exception cref="UserException">The sound has another number of channels.</exception>
    internal SoundEncoder(AudioCodec codec, int modelChannels, int soundChannels)
    {
        if (soundChannels != modelChannels && soundChannels != 1)
            throw new UserException($"The sound has {soundChannels} channels and the model {modelChannels}: mix them first.");
        this.modelChannels = modelChannels;
        streams = [.. Enumerable.Range(0, soundChannels).Select(_ => codec.NewEncoder())];
    }

    /// <summary>Takes the samples that follow.</summary>
    /// <param name="piece"><c>[channels][samples]</c> at the codec's rate.</param>
    /// <exception cref="UserException">A sample is not a finite number, or the codec's weights are broken.</exception>
    public void Append(IReadOnlyList<float[]> piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (piece.Count != streams.Length) throw new ArgumentException($"{piece.Count} channels of {streams.Length}.", nameof(piece));
        for (var channel = 0; channel < streams.Length; channel++) streams[channel].Append(piece[channel]);
    }

    /// <summary>Ends the sound.</summary>
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
