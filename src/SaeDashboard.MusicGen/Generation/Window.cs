namespace SaeDashboard.MusicGen.Generation;

/// <summary>One stretch of a piece that the model computes from a BOS of its own.</summary>
/// <param name="Start">Its first frame, which is also the column of its BOS in the whole piece.</param>
/// <param name="Frames">How many frames.</param>
/// <param name="Prompt">How many of them the window before made.</param>
/// <param name="FirstStep">The first step of the request that computes it: the column after its prompt.</param>
internal readonly record struct Window(int Start, int Frames, int Prompt, int FirstStep)
{
    /// <summary>The frame after its last.</summary>
    public int End => Start + Frames;
}
