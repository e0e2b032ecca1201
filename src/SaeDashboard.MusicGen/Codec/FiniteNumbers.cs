using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>Broken weights are said, not written into sound: a NaN in a WAV file is silence here and noise there.</summary>
internal static class FiniteNumbers
{
    /// <exception cref="UserException">A value is NaN or infinite.</exception>
    public static void Require(ReadOnlySpan<float> values, string folder, string part)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                throw new UserException($"{folder}: {part} gives numbers that are not finite, so its weights are broken (NaN, infinite or huge "
                    + "numbers). Fetch the model again.");
        }
    }
}
