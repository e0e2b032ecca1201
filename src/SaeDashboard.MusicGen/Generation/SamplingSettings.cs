using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>How codes are drawn.</summary>
/// <param name="Guidance">u + s·(c − u) in place of the logits; only when above 1.</param>
/// <param name="Temperature">Logits are divided by it.</param>
/// <param name="TopK">Only the so many likeliest codes; 0: all.</param>
/// <param name="TopP">Of those, the likeliest that make up this probability; 1: all.</param>
/// <param name="Greedy">The likeliest code, without noise; temperature, top-k and top-p then do nothing.</param>
public sealed record SamplingSettings(double Guidance = 3, double Temperature = 1, int TopK = 250, double TopP = 1, bool Greedy = false)
{
    /// <exception cref="UserException">A number is out of range.</exception>
    public void Validate()
    {
        if (!double.IsFinite(Guidance) || Guidance < 0)
            throw new UserException($"The guidance is {Guidance}: it should be 0 or more (1 or less is none, 3 is usual).");
        if (!double.IsFinite(Temperature) || Temperature <= 0)
            throw new UserException($"The temperature is {Temperature}: it should be above 0 (1 is usual; for the likeliest codes "
                + "choose greedy).");
        if (TopK < 0) throw new UserException($"Top-k is {TopK}: it should be 0 (off) or more (250 is usual).");
        if (!(TopP > 0 && TopP <= 1)) throw new UserException($"Top-p is {TopP}: it should be above 0 and at most 1 (1: off).");
    }
}
