using SaeDashboard.Core.Data;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>Told of frames as soon as all their codebooks are drawn: for sound that plays while it is made.</summary>
public interface IFrameListener
{
    /// <summary>Called on the generating thread, for each row in order of its frames.</summary>
    /// <param name="row">The row's place in the request.</param>
    /// <param name="codes">The row's whole grid, which is still being written: only frames below <paramref name="from"/> +
    /// <paramref name="count"/> are final.</param>
    /// <param name="from">The first frame that became final.</param>
    /// <param name="count">How many did: one a column, after a continued beginning that comes at once.</param>
    void FramesFinal(int row, CodeGrid codes, int from, int count);
}
