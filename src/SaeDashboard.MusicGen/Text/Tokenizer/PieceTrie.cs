using System.Text;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// The pieces of a vocabulary as a trie over UTF-8 bytes. The children of a node lie side by side, sorted by their byte, so that 32,000
/// pieces are three flat arrays.
/// </summary>
internal sealed class PieceTrie
{
    private readonly byte[] labels;
    private readonly int[] firstChild;
    private readonly int[] ids;

    /// <param name="pieces">Piece i has id i; of equal pieces the last one's id counts. Empty pieces never match.</param>
    public PieceTrie(IReadOnlyList<string> pieces)
    {
        var keys = pieces.Select(piece => Encoding.UTF8.GetBytes(piece)).ToArray();
        var order = Enumerable.Range(0, keys.Length).ToArray();
        Array.Sort(order, (a, b) =>
        {
            var difference = keys[a].AsSpan().SequenceCompareTo(keys[b]);
            return difference != 0 ? difference : a.CompareTo(b);
        });

        var labels = new List<byte> { 0 };
        var ids = new List<int> { -1 };
        var firstChild = new List<int>();
        var ranges = new Queue<(int From, int To, int Depth)>();
        ranges.Enqueue((0, order.Length, 0));

        // Breadth first: node n's children are appended when n is taken from the queue, so they are neighbours.
        while (ranges.TryDequeue(out var range))
        {
            var node = firstChild.Count;
            firstChild.Add(labels.Count);
            var (from, to, depth) = range;
            for (; from < to && keys[order[from]].Length == depth; from++) ids[node] = depth == 0 ? -1 : order[from];

            while (from < to)
            {
                var label = keys[order[from]][depth];
                var end = from + 1;
                while (end < to && keys[order[end]][depth] == label) end++;
                labels.Add(label);
                ids.Add(-1);
                ranges.Enqueue((from, end, depth + 1));
                from = end;
            }
        }

        firstChild.Add(labels.Count);
        this.labels = labels.ToArray();
        this.ids = ids.ToArray();
        this.firstChild = firstChild.ToArray();
    }

    /// <summary>The cursor of the empty prefix.</summary>
    public const int Start = 0;

    /// <summary>Moves the cursor on by one byte; false, and unmoved, when no piece goes on so.</summary>
    public bool Step(ref int cursor, byte next)
    {
        var first = this.firstChild[cursor];
        var found = this.labels.AsSpan(first, this.firstChild[cursor + 1] - first).IndexOf(next);
        if (found < 0) return false;
        cursor = first + found;
        return true;
    }

    /// <summary>The id of the piece that ends here, or −1.</summary>
    public int Id(int cursor) => this.ids[cursor];
}
