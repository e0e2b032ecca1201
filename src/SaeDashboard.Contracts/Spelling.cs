namespace SaeDashboard.Contracts;

/// <summary>Finds the name that a misspelled one was probably meant to be.</summary>
public static class Spelling
{
    private const int MaxLength = 40;
    private const int MaxChanges = 3;

    /// <summary>The known name that takes the fewest changed letters; null when each takes many. Upper and lower case are equal.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">The names there are.</param>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        if (name.Length > MaxLength) return null;
        var (best, fewest) = ((string?)null, Math.Min(MaxChanges, name.Length / 2) + 1);
        foreach (var each in known)
        {
            var changes = Changes(name.ToLowerInvariant(), each.ToLowerInvariant());
            if (changes < fewest) (best, fewest) = (each, changes);
        }
        return best;
    }

    /// <summary>Levenshtein's distance: letters inserted, deleted or replaced.</summary>
    private static int Changes(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
