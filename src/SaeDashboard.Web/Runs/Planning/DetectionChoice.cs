using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Whether a run chooses the clips that names are tested on, as the form has it.</summary>
public static class DetectionChoice
{
    /// <summary>Chosen where they cost little.</summary>
    public const string Automatic = "automatic";

    public const string Yes = "yes", No = "no";

    /// <summary>What costs less than this, or than this share of the rest of the run, is done unasked.</summary>
    public const double FewSeconds = 60, SmallShare = 0.25;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Automatic, Yes, No];

    /// <summary>Why a dataset has no clips to test on; null: it has.</summary>
    /// <param name="splits">Clips in each split.</param>
    public static string? Problem(IReadOnlyDictionary<string, int> splits) => Tested(splits) > 0 ? null
        : "The dataset has no clip in the split test and fewer than two in select: names need clips that they were not made from.";

    /// <summary>Columns of the clips that labels are made from and tested on.</summary>
    /// <param name="splits">Clips in each split.</param>
    /// <param name="frames">Columns of a clip.</param>
    public static long Columns(IReadOnlyDictionary<string, int> splits, int frames) =>
        (long)frames * (splits.GetValueOrDefault(RunRequest.Split) + splits.GetValueOrDefault(RunRequest.StatisticsSplit) + Math.Min(DetectionClipsInfo.MostTestClips, splits.GetValueOrDefault(Test)));

    private const string Test = "test";

    private static int Tested(IReadOnlyDictionary<string, int> splits) => splits.GetValueOrDefault(Test) is > 0 and var test ? test : splits.GetValueOrDefault(RunRequest.StatisticsSplit) / 2;
}
