using SaeDashboard.Storage.Journals;

namespace SaeDashboard.Storage.Tests;

/// <summary>A file of the journal on a disk that fails when a test says so, in the middle of a write.</summary>
internal sealed class FailingFile(string path) : JournalFile(path)
{
    private const int NoSpace = 28, InputOutput = 5;

    /// <summary>Bytes that still fit; null: as many as there are.</summary>
    public int? Room { get; set; }

    public bool SyncFails { get; set; }

    public bool TruncateFails { get; set; }

    public override void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (Room is { } room && room < bytes.Length)
        {
            // As write(2) does: what fits is written.
            base.Write(bytes[..room], offset);
            throw new IOException("No space left on device", NoSpace);
        }
        base.Write(bytes, offset);
    }

    public override void Sync()
    {
        if (SyncFails) throw new IOException("Input/output error", InputOutput);
        base.Sync();
    }

    public override void Truncate(long length)
    {
        if (TruncateFails) throw new IOException("Input/output error", InputOutput);
        base.Truncate(length);
    }
}
