using System.Numerics.Tensors;

namespace SaeDashboard.Core.Audio;

/// <summary>Sound as float32 samples, nominally −1 … 1, <c>[channels][samples]</c>.</summary>
public sealed class Waveform
{
    /// <param name="channels">At least one channel, all of one length. Kept, not copied.</param>
    /// <param name="sampleRate">Samples a second of each channel, in Hz.</param>
    public Waveform(float[][] channels, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        if (channels.Length == 0) throw new ArgumentException("A waveform has at least one channel.", nameof(channels));
        if (channels.Any(channel => channel.Length != channels[0].Length))
            throw new ArgumentException("All channels must be of one length.", nameof(channels));
        Channels = channels;
        SampleRate = sampleRate;
    }

    public float[][] Channels { get; }

    /// <summary>In Hz.</summary>
    public int SampleRate { get; }

    /// <summary>Samples of each channel.</summary>
    public int SampleCount => Channels[0].Length;

    public double Seconds => (double)SampleCount / SampleRate;

    /// <summary>The mean of the channels.</summary>
    public float[] ToMono()
    {
        if (Channels.Length == 1) return Channels[0];
        var mono = new float[SampleCount];
        foreach (var channel in Channels) TensorPrimitives.Add(mono, channel, mono);
        TensorPrimitives.Divide(mono, Channels.Length, mono);
        return mono;
    }
}
