namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Makes spaces visible (<c>' '</c> → <c>▁</c>), puts a mark in front unless one is there, and cuts before every mark.</summary>
internal sealed class Metaspace(char mark, MetaspacePrepend prepend, bool split) : IPreTokenizer
{
    public IEnumerable<string> Split(string text, bool startsText)
    {
        if (text.Length == 0) yield break;
        var marked = text.Replace(' ', mark);
        if (marked[0] != mark && (prepend == MetaspacePrepend.Always || (prepend == MetaspacePrepend.First && startsText)))
            marked = mark + marked;

        if (!split)
        {
            yield return marked;
            yield break;
        }

        var start = 0;
        while (start < marked.Length)
        {
            var next = marked.IndexOf(mark, start + 1);
            if (next < 0) next = marked.Length;
            yield return marked[start..next];
            start = next;
        }
    }
}
