using System.Buffers.Binary;
using System.Text;

namespace SaeDashboard.Core.Audio;

/// <summary>
/// A WAV file as it would be with one more chunk behind its samples, without writing it: the head with corrected lengths, the samples from the
/// file, then the chunk. Seekable, so that parts of it can be sent. Not thread-safe.
/// </summary>
public sealed class WavChunkStream : Stream
{
    // The samples of the files written here begin at byte 44 or 58.
    private const int MostHead = 4096;

    private readonly FileStream file;
    private readonly byte[] head, tail;
    private readonly long body;

    private WavChunkStream(FileStream file, byte[] head, long body, byte[] tail) => (this.file, this.head, this.body, this.tail) = (file, head, body, tail);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => head.Length + body + tail.Length;

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <summary>The file with the chunk. What followed the samples is left out; a header that promises more samples than are there is corrected.</summary>
    /// <param name="file">The file; it is closed with the result.</param>
    /// <param name="name">The chunk's name: four ASCII characters.</param>
    /// <param name="content">The chunk's content.</param>
    /// <returns>Null: it is not a plain RIFF WAV file, or the result would pass the 4 GiB that one can have. The file is at its beginning and stays open.</returns>
    public static WavChunkStream? Open(FileStream file, string name, ReadOnlySpan<byte> content)
    {
        var start = new byte[MostHead];
        start = start[..RandomAccess.Read(file.SafeFileHandle, start, 0)];
        if (start.Length < 12 || !start.AsSpan(0, 4).SequenceEqual("RIFF"u8) || !start.AsSpan(8, 4).SequenceEqual("WAVE"u8)) return null;
        long at = 12;
        while (at + 8 <= start.Length && !start.AsSpan((int)at, 4).SequenceEqual("data"u8)) at += 8 + Even(BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan((int)at + 4)));
        if (at + 8 > start.Length) return null;
        var head = start[..((int)at + 8)];
        var body = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan((int)at + 4)), RandomAccess.GetLength(file.SafeFileHandle) - head.Length);
        var pad = (int)(body & 1);
        var tail = new byte[pad + 8 + Even(content.Length)];
        var whole = head.Length + body + tail.Length;
        if (whole - 8 > uint.MaxValue) return null;
        Encoding.ASCII.GetBytes(name, tail.AsSpan(pad, 4));
        BinaryPrimitives.WriteUInt32LittleEndian(tail.AsSpan(pad + 4), (uint)content.Length);
        content.CopyTo(tail.AsSpan(pad + 8));
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), (uint)(whole - 8));
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan((int)at + 4), (uint)body);
        return new WavChunkStream(file, head, body, tail);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (Held(buffer.Length) is { IsEmpty: false } held)
        {
            held.Span.CopyTo(buffer);
            Position += held.Length;
            return held.Length;
        }
        if (Position >= Length || buffer.IsEmpty) return 0;
        var read = RandomAccess.Read(file.SafeFileHandle, buffer[..InBody(buffer.Length)], Position);
        Position += read;
        return read;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Held(buffer.Length) is { IsEmpty: false } || Position >= Length || buffer.IsEmpty) return Read(buffer.Span);
        var read = await RandomAccess.ReadAsync(file.SafeFileHandle, buffer[..InBody(buffer.Length)], Position, cancellationToken);
        Position += read;
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => Position + offset, _ => Length + offset };

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }

    private static long Even(long count) => count + (count & 1);

    /// <summary>What the head or the tail has at this place; empty: it is in the file, or at the end.</summary>
    private ReadOnlyMemory<byte> Held(int most)
    {
        var (from, bytes) = Position < head.Length ? (Position, head) : (Position - head.Length - body, tail);
        return from < 0 || from >= bytes.Length ? default : bytes.AsMemory((int)from, (int)Math.Min(most, bytes.Length - from));
    }

    // The samples are in the result where they are in the file.
    private int InBody(int most) => (int)Math.Min(most, head.Length + body - Position);
}
