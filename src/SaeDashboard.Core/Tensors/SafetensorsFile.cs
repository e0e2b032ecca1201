using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tensors;

/// <summary>
/// An open safetensors file: opening reads only the header, and a tensor's bytes are read on demand. Nothing is memory-mapped, so a file that
/// is truncated, replaced or lost while it is read causes an error message and does not end the process. Little-endian machines only, as the
/// format is little-endian. Thread-safe.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const int Piece = 1 << 20;

    private readonly FileLook opened;

    private SafetensorsFile(string path, SafeFileHandle handle, FileLook opened, SafetensorsHeader header)
    {
        Path = path;
        Handle = handle;
        this.opened = opened;
        Entries = header.Entries;
        Metadata = header.Metadata;
    }

    public string Path { get; }

    /// <summary>The open file, for the worker, which maps it. The site must not.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length => opened.Length;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The header's "__metadata__"; empty if absent.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens the file and checks its header.</summary>
    /// <exception cref="UserException">The file is missing, cut short, damaged or not a safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        var handle = RegularFile.Open(path);
        try
        {
            var look = Posix.Look(handle, path);
            Span<byte> first = stackalloc byte[(int)Math.Min(SafetensorsHeader.LengthBytes, look.Length)];
            RegularFile.ReadExactly(handle, path, 0, first);
            var json = new byte[SafetensorsHeader.CheckLength(path, first, look.Length)];
            RegularFile.ReadExactly(handle, path, first.Length, json);
            return new SafetensorsFile(path, handle, look, SafetensorsHeader.Parse(path, json, look.Length));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => Entries.ContainsKey(name);

    /// <summary>The tensor's entry.</summary>
    /// <exception cref="UserException">There is no tensor of that name; the message lists some existing ones.</exception>
    public TensorEntry Entry(string name)
    {
        if (Entries.TryGetValue(name, out var entry)) return entry;
        const int shown = 8;
        var there = string.Join(", ", Entries.Keys.Order(StringComparer.Ordinal).Take(shown));
        throw new UserException($"{Path} has no tensor '{name}'; it has " +
            $"{(Entries.Count == 0 ? "none" : there)}{(Entries.Count > shown ? $" and {Entries.Count - shown} more" : "")}.");
    }

    /// <summary>Reads a part of a tensor's bytes.</summary>
    /// <param name="entry">The tensor.</param>
    /// <param name="offset">Bytes from the tensor's beginning.</param>
    /// <param name="bytes">Filled completely.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the tensor.</exception>
    /// <exception cref="UserException">The file was cut or changed since it was opened, or the disk fails.</exception>
    public void Read(TensorEntry entry, long offset, Span<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        if (offset < 0 || offset > entry.ByteLength - bytes.Length) throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Tensor '{entry.Name}' has {entry.ByteLength} bytes.");
        RegularFile.ReadExactly(Handle, Path, entry.Offset + offset, bytes);
        // Checked after reading, which proves that the bytes are of the file whose header was checked.
        var now = Posix.Look(Handle, Path);
        if (now.Length != opened.Length || now.ModifiedUtc != opened.ModifiedUtc)
            throw new UserException($"{Path} was changed while it was open: open it again when it is no longer being written.");
    }

    /// <summary>Reads a tensor piece by piece, so that it may be larger than memory.</summary>
    /// <param name="entry">The tensor.</param>
    /// <param name="take">Receives each piece, at most 1 MiB; the bytes are valid until it returns.</param>
    /// <exception cref="UserException">As <see cref="Read"/>.</exception>
    public void ReadPieces(TensorEntry entry, ReadOnlySpanAction<byte, long> take)
    {
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(Piece, entry.ByteLength));
        for (var done = 0L; done < entry.ByteLength; done += buffer.Length)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.ByteLength - done));
            Read(entry, done, piece);
            take(piece, done);
        }
    }

    /// <summary>A copy of the tensor's bytes.</summary>
    /// <exception cref="UserException">There is no tensor of that name, it is larger than an array can be (2 GiB), or as <see cref="Read"/>.</exception>
    public byte[] Bytes(string name)
    {
        var entry = Entry(name);
        if (entry.ByteLength > Array.MaxLength)
            throw new UserException($"{Path}: tensor '{name}' has {entry.ByteLength} bytes, more than can be read in one piece.");
        var bytes = GC.AllocateUninitializedArray<byte>((int)entry.ByteLength);
        Fill<byte>(entry, bytes);
        return bytes;
    }

    /// <summary>Row-major values of a tensor of any floating type; only float64 loses precision.</summary>
    /// <exception cref="UserException">There is no such tensor, it is not of a floating type, or as <see cref="Read"/>.</exception>
    public float[] ReadFloat32(string name)
    {
        var entry = Entry(name);
        if (entry.DType is not (TensorDType.Float32 or TensorDType.Float16 or TensorDType.BFloat16 or TensorDType.Float64))
            throw WrongType(entry, "a floating type (F32, F16, BF16, F64)");
        var values = Allocate<float>(entry);
        if (entry.DType == TensorDType.Float32)
        {
            Fill<float>(entry, values);
            return values;
        }
        ReadPieces(entry, (piece, done) =>
        {
            var to = values.AsSpan((int)(done / entry.DType.Size()), piece.Length / entry.DType.Size());
            fixed (byte* from = piece)
            {
                if (entry.DType == TensorDType.Float16) FloatFormats.FromFloat16(from, to);
                else if (entry.DType == TensorDType.BFloat16) FloatFormats.FromBFloat16(from, to);
                else FloatFormats.FromFloat64(from, to);
            }
        });
        return values;
    }

    /// <summary>Row-major values of an int16 tensor.</summary>
    /// <exception cref="UserException">There is no such tensor, it has another type, or as <see cref="Read"/>.</exception>
    public short[] ReadInt16(string name) => Read<short>(name, TensorDType.Int16);

    /// <inheritdoc cref="ReadInt16"/>
    public int[] ReadInt32(string name) => Read<int>(name, TensorDType.Int32);

    /// <inheritdoc cref="ReadInt16"/>
    public long[] ReadInt64(string name) => Read<long>(name, TensorDType.Int64);

    /// <summary>Values of a uint8 or bool tensor.</summary>
    /// <exception cref="UserException">There is no such tensor, it has another type, or as <see cref="Read"/>.</exception>
    public byte[] ReadUInt8(string name) => Read<byte>(name, Entry(name).DType == TensorDType.Bool ? TensorDType.Bool : TensorDType.UInt8);

    public void Dispose() => Handle.Dispose();

    private T[] Read<T>(string name, TensorDType wanted) where T : unmanaged
    {
        var entry = Entry(name);
        if (entry.DType != wanted) throw WrongType(entry, wanted.SafetensorsName());
        var values = Allocate<T>(entry);
        Fill<T>(entry, values);
        return values;
    }

    private T[] Allocate<T>(TensorEntry entry) => entry.ElementCount <= Array.MaxLength
        ? GC.AllocateUninitializedArray<T>((int)entry.ElementCount)
        : throw new UserException($"{Path}: tensor '{entry.Name}' {entry.Describe()} is too large to be read in one piece.");

    // An array of floats may have more bytes than a span can hold.
    private void Fill<T>(TensorEntry entry, Span<T> values) where T : unmanaged
    {
        const int most = 1 << 26;
        for (var done = 0; done < values.Length; done += most)
            Read(entry, (long)done * sizeof(T), MemoryMarshal.AsBytes(values.Slice(done, Math.Min(most, values.Length - done))));
    }

    private UserException WrongType(TensorEntry entry, string wanted) =>
        new($"{Path}: tensor '{entry.Name}' is {entry.Describe()}; expected {wanted}.");
}
