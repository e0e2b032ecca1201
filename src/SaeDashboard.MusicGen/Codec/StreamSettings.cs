using SaeDashboard.Core;

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
