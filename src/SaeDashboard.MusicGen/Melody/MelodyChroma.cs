namespace SaeDashboard.MusicGen.Melody;

/// <summary>A melody as a melody model hears it: of each chroma frame the one strongest pitch class.</summary>
public sealed class MelodyChroma
{
    /// <param name="bins">A frame: its bin; 0 is C. At least one frame.</param>
    public MelodyChroma(IReadOnlyList<int> bins)
    {
        ArgumentNullException.ThrowIfNull(bins);
        if (bins.Count == 0) throw new ArgumentException("A melody has at least one chroma frame.", nameof(bins));
        Bins = bins;
    }

    /// <summary>A frame: its bin. The first is 0, the pitch class C.</summary>
    public IReadOnlyList<int> Bins { get; }

    /// <summary>What stands for no melody: every frame's bin is the first.</summary>
    public static MelodyChroma None { get; } = new([0]);
}
