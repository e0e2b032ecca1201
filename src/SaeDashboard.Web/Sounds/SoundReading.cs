using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Sounds;

/// <summary>How far a reading is.</summary>
public enum ReadingStage
{
    /// <summary>It is looked for, or its turn is to come.</summary>
    Waiting,

    /// <summary>The prompt is being generated.</summary>
    Generating,

    /// <summary>The codec encodes the sound.</summary>
    Encoding,

    /// <summary>The model hears it and the SAE reads it.</summary>
    Reading,

    /// <summary>It is there.</summary>
    Ready,

    /// <summary>The sound is not there any more.</summary>
    Gone,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>A person stopped it.</summary>
    Cancelled,
}

/// <summary>A reading as pages show it.</summary>
/// <param name="Stage">How far it is.</param>
/// <param name="Position">What comes before it: readings, or takes while it is generated.</param>
/// <param name="Done">Seconds, frames or columns done.</param>
/// <param name="Total">The same in all; 0: not known.</param>
/// <param name="Problem">What went wrong, for a person.</param>
/// <param name="Result">The reading, once it is there.</param>
public sealed record ReadingState(ReadingStage Stage, int Position = 0, int Done = 0, int Total = 0, string? Problem = null, ReadSound? Result = null)
{
    /// <summary>Whether it continues by itself.</summary>
    public bool IsLive => Stage is ReadingStage.Waiting or ReadingStage.Generating or ReadingStage.Encoding or ReadingStage.Reading;

    /// <summary>The share that is done, 0 to 1.</summary>
    public double Share => Total > 0 ? Math.Clamp((double)Done / Total, 0, 1) : 0;
}

/// <summary>A sound with the activations of an SAE along it.</summary>
/// <param name="Source">What it is, with a key of the API.</param>
/// <param name="Activations">The activations.</param>
/// <param name="SoundAddress">Address of the WAV file.</param>
/// <param name="PeaksAddress">Address of the waveform's peaks.</param>
/// <param name="Peaks">The peaks, where they need no decoding; null: ask for them.</param>
/// <param name="Title">What it is called.</param>
public sealed record ReadSound(SoundSource Source, SoundActivations Activations, string SoundAddress, string PeaksAddress, Peaks? Peaks, string Title)
{
    /// <summary>The player's id of it: all that show it have one playhead.</summary>
    public string PlayId => $"listen:{Source.Key}";
}
