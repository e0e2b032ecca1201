namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Where Metaspace puts its mark in front: before every stretch, only at the start of the text, or nowhere.</summary>
internal enum MetaspacePrepend
{
    Always,
    First,
    Never
}
