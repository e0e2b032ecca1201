using SaeDashboard.Core.Features;
using SaeDashboard.Core.Steering;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>A ladder with every kind of rung: audible from +2, strong from +4, breaks at +8; silent at −2.</summary>
internal static class SampleLadder
{
    public static FeatureLadder Of(FeatureIndex index, int feature) => new()
    {
        Feature = feature,
        P99 = index.P99[feature],
        UnitLength = 12,
        Conditions = new LadderConditions(["Simple melody"], 8, 5, 3),
        Noise = new LadderNoise { Deviations = [3, 0.3, 1, 4, 0.02], Coding = [0.3, 0.03, 0.1, null, 0.002], Spectrum = 8 },
        Rungs = [Rung(-2, LadderLevel.Unsure), Rung(2, LadderLevel.Audible), Rung(4, LadderLevel.Strong), Rung(8, LadderLevel.Breaks)],
        Sides = [new LadderSides { Strength = 4, Moved = 1, Of = 1400, Features = [new LadderMove(12, -0.2, -0.3, -0.1)] }],
    };

    /// <summary>Adds a ladder to a folder's file.</summary>
    public static void Write(string into, FeatureIndex index, FeatureLadder ladder)
    {
        var info = new StrengthLaddersInfo { SaeHash = index.Info.SaeHash, ModelHash = index.Info.ModelHash, DatasetHash = index.Info.DatasetHash, Descriptors = SoundDescriptors.All, Count = 0 };
        StrengthLadders.Add(into, info, index.Info, [ladder]);
    }

    private static LadderRung Rung(double strength, LadderLevel level) => new()
    {
        Strength = strength,
        Pairs = 8,
        Broken = level == LadderLevel.Breaks ? 3 : 0,
        Fault = level == LadderLevel.Breaks ? LadderFault.Silent : null,
        Level = level,
        Deltas = [new LadderInterval(strength - 0.5, strength - 1.5, strength + 0.5), new LadderInterval(0.1, 0, 0.2), null, null, null],
        Spectrum = new LadderInterval(1, 0.5, 1.5),
        Own = new LadderInterval(0, 0, 0),
    };
}
