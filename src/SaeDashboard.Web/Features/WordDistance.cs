namespace SaeDashboard.Web.Features;

/// <summary>
/// How many mistakes turn a typed word into the beginning of another: letters inserted, deleted, replaced, or two neighbours swapped. The
/// optimal string alignment distance, 64 letters at once in the bits of a number (Hyyrö 2003), so that tens of thousands of words take a millisecond.
/// </summary>
internal sealed class WordDistance
{
    /// <summary>Longest word that is compared, in characters.</summary>
    public const int MaxLength = 64;

    private const int Few = 128;

    private readonly ulong[] few = new ulong[Few];
    private readonly Dictionary<char, ulong> others = [];
    private readonly int length;

    /// <param name="word">The typed word, at most <see cref="MaxLength"/> characters.</param>
    public WordDistance(string word)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(word.Length, MaxLength);
        length = word.Length;
        for (var at = 0; at < length; at++)
        {
            if (word[at] < Few) few[word[at]] |= 1UL << at;
            else others[word[at]] = others.GetValueOrDefault(word[at]) | 1UL << at;
        }
    }

    /// <summary>The mistakes that are allowed in a word: none in three letters, one in four and five, two in longer ones.</summary>
    public static int Allowed(string word) => word.Length switch { < 4 or > MaxLength => 0, < 6 => 1, _ => 2 };

    /// <summary>The fewest mistakes between the typed word and a beginning of another; the whole of it is one too.</summary>
    /// <param name="other">The other word.</param>
    /// <param name="most">Beyond this the answer only says that it is larger.</param>
    public int ToBeginningOf(ReadOnlySpan<char> other, int most)
    {
        // Beyond this many letters every beginning is too long.
        if (other.Length > length + most) other = other[..(length + most)];
        if (length == 0) return 0;
        ulong positive = ulong.MaxValue, negative = 0, diagonal = 0, before = 0, last = 1UL << length - 1;
        int now = length, best = length;
        foreach (var letter in other)
        {
            var same = letter < Few ? few[letter] : others.GetValueOrDefault(letter);
            var swapped = (~diagonal & same) << 1 & before;
            diagonal = ((same & positive) + positive ^ positive) | same | negative | swapped;
            var up = negative | ~(diagonal | positive);
            var down = diagonal & positive;
            if ((up & last) != 0) now++;
            if ((down & last) != 0) now--;
            best = Math.Min(best, now);
            up = up << 1 | 1;
            down <<= 1;
            positive = down | ~(diagonal | up);
            negative = up & diagonal;
            before = same;
        }
        return best;
    }
}
