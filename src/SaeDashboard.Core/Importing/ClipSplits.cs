using System.Security.Cryptography;
using System.Text;

namespace SaeDashboard.Core.Importing;

/// <summary>Draws the splits of a dataset by groups: the clips of a group, at least those of one file, are all in one split.</summary>
public static class ClipSplits
{
    /// <summary>The splits, in the order of their shares.</summary>
    public static IReadOnlyList<string> Names { get; } = ["sae-train", "select", "test"];

    /// <summary>
    /// The split of each group. Groups are taken in the order of SHA-256 of the seed and their name, so that another group more does not move the
    /// others' order; each goes to the split that lacks most clips of its share. Where there are as many groups left as splits without any, those get them.
    /// </summary>
    /// <param name="groups">The groups' names, all different, and their numbers of clips.</param>
    /// <param name="shares">The shares.</param>
    /// <param name="seed">Another seed, another draw.</param>
    public static IReadOnlyDictionary<string, string> Draw(IReadOnlyList<(string Group, int Clips)> groups, ImportShares shares, long seed)
    {
        if (shares.Problem is { } problem) throw new UserException($"The shares of the splits cannot be used: {problem}.");
        double[] share = [shares.Train, shares.Select, shares.Test];
        var total = (double)groups.Sum(group => group.Clips);
        var lacking = share.Select(each => each / share.Sum() * total).ToArray();
        var isEmpty = share.Select(each => each > 0).ToArray();
        var drawn = new Dictionary<string, string>(StringComparer.Ordinal);
        var left = groups.Count;
        foreach (var (group, clips) in groups.OrderBy(each => Key(each.Group, seed), StringComparer.Ordinal))
        {
            // sae-train is served first; of one or two groups it has one.
            var mustFill = left <= isEmpty.Count(empty => empty);
            var chosen = Enumerable.Range(0, share.Length).Where(at => mustFill ? isEmpty[at] : share[at] > 0).MaxBy(at => lacking[at]);
            drawn[group] = Names[chosen];
            lacking[chosen] -= clips;
            isEmpty[chosen] = false;
            left--;
        }
        return drawn;
    }

    /// <summary>The split that a cell names, as this program and other datasets write it; null: none.</summary>
    public static string? Parse(string cell) => cell.Trim().ToLowerInvariant() switch
    {
        "sae-train" or "train" or "training" => Names[0],
        "select" or "validation" or "valid" or "val" or "dev" or "eval" => Names[1],
        "test" or "testing" => Names[2],
        _ => null,
    };

    private static string Key(string group, long seed) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}:{group}"))));
}
