using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// A Unigram language model over pieces: a word is cut where the sum of the pieces' log probabilities is largest (Viterbi over UTF-8 bytes,
/// scores in double; of equal paths the one found first stays). A character that is no piece is unknown and costs 10 more than the least
/// likely piece; unknown neighbours become one id.
/// </summary>
internal sealed class UnigramModel
{
    private const double UnknownPenalty = 10;

    private readonly PieceTrie trie;
    private readonly double[] scores;
    private readonly int unknownId;
    private readonly double unknownScore;

    private UnigramModel(IReadOnlyList<string> pieces, double[] scores, int unknownId)
    {
        trie = new PieceTrie(pieces);
        this.scores = scores;
        this.unknownId = unknownId;
        unknownScore = scores.Min() - UnknownPenalty;
    }

    public int VocabularySize => this.scores.Length;

    public static UnigramModel Read(TokenizerJson json)
    {
        const string place = "model";
        var element = json.Required(json.Root, "", place, JsonValueKind.Object);
        // Files of the first years leave the type out.
        if (json.TryGet(element, "type", out _) && json.RequiredString(element, place, "type") is var type and not "Unigram")
            throw json.Wrong(place, $"is of the type \"{type}\"; a T5 tokenizer is a Unigram model");
        if (json.Flag(element, place, "byte_fallback", otherwise: false))
            throw json.Wrong(TokenizerJson.Join(place, "byte_fallback"), "is on; T5's tokenizers have none");

        var vocabulary = json.Required(element, place, "vocab", JsonValueKind.Array);
        var pieces = new List<string>(vocabulary.GetArrayLength());
        var scores = new List<double>(vocabulary.GetArrayLength());
        foreach (var entry in vocabulary.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2
                || entry[0].ValueKind != JsonValueKind.String || entry[1].ValueKind != JsonValueKind.Number)
                throw json.Wrong(string.Create(CultureInfo.InvariantCulture, $"model.vocab[{pieces.Count}]"), "should be [piece, score]");
            var piece = entry[0].GetString()!;
            if (piece.Length > TokenizerLimits.LongestToken || !entry[1].TryGetDouble(out var score) || !double.IsFinite(score))
                throw json.Wrong(string.Create(CultureInfo.InvariantCulture, $"model.vocab[{pieces.Count}]"),
                    $"should be a piece of at most {TokenizerLimits.LongestToken} characters and a finite score");
            pieces.Add(piece);
            scores.Add(score);
        }

        var unknownId = json.RequiredId(element, place, "unk_id");
        if (unknownId >= pieces.Count)
            throw json.Wrong("model.unk_id", string.Create(
                CultureInfo.InvariantCulture, $"is {unknownId}, and model.vocab has {pieces.Count} pieces"));
        return new UnigramModel(pieces, scores.ToArray(), unknownId);
    }

    /// <summary>Appends the ids of one word.</summary>
    public void Encode(string word, List<int> ids)
    {
        var size = Encoding.UTF8.GetByteCount(word);
        if (size == 0) return;
        var bytes = ArrayPool<byte>.Shared.Rent(size);
        var nodes = ArrayPool<Node>.Shared.Rent(size + 1);
        try
        {
            Encoding.UTF8.GetBytes(word, bytes);
            FindBestPath(bytes.AsSpan(0, size), nodes.AsSpan(0, size + 1));
            ReadPath(nodes.AsSpan(0, size + 1), ids);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<Node>.Shared.Return(nodes);
        }
    }

    private void FindBestPath(ReadOnlySpan<byte> word, Span<Node> nodes)
    {
        nodes.Fill(new Node(0, -1, 0));
        for (var start = 0; start < word.Length;)
        {
            var score = nodes[start].Score;
            var character = CharacterBytes(word[start]);
            var characterIsPiece = false;

            var cursor = PieceTrie.Start;
            for (var end = start; end < word.Length && trie.Step(ref cursor, word[end]); end++)
            {
                if (trie.Id(cursor) is not (>= 0 and var id)) continue;
                Offer(ref nodes[end + 1], score + this.scores[id], start, id);
                characterIsPiece |= end + 1 - start == character;
            }

            if (!characterIsPiece) Offer(ref nodes[start + character], score + unknownScore, start, this.unknownId);
            start += character;
        }
    }

    private static void Offer(ref Node node, double score, int start, int id)
    {
        if (node.Start < 0 || score > node.Score) node = new Node(score, start, id);
    }

    // The path is read from its end; ids are turned round at the last.
    private void ReadPath(ReadOnlySpan<Node> nodes, List<int> ids)
    {
        var first = ids.Count;
        var previousUnknown = false;
        for (var end = nodes.Length - 1; end > 0; end = nodes[end].Start)
        {
            var unknown = nodes[end].Id == this.unknownId;
            if (!unknown || !previousUnknown) ids.Add(nodes[end].Id);
            previousUnknown = unknown;
        }

        ids.Reverse(first, ids.Count - first);
    }

    private static int CharacterBytes(byte lead) => lead switch
    {
        < 0x80 => 1,
        < 0xE0 => 2,
        < 0xF0 => 3,
        _ => 4
    };

    /// <summary>The best way to reach a byte: its score, where its last piece starts (−1: none yet), and that piece.</summary>
    private readonly record struct Node(double Score, int Start, int Id);
}
