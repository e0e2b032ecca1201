using System.IO.MemoryMappedFiles;

namespace SaeDashboard.Core.Tensors;

/// <summary>
/// A safetensors file, memory-mapped: opening reads the header only, and tensors that nobody touches cost nothing. Little-endian machines
/// only, as the format is little-endian. Addresses and spans live until this object is disposed of.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private byte* start;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start, SafetensorsHeader header)
    {
        Path = path;
        this.map = map;
        this.view = view;
        this.start = start;
        Entries = header.Entries;
        Metadata = header.Metadata;
    }

    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The header's "__metadata__"; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Maps the file and checks its header.</summary>
    /// <exception cref="UserException">The file is missing, cut short, damaged or no safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (!stream.CanSeek) throw new UserException($"{path} is no ordinary file: put the file itself in its place.");
            var length = stream.Length;
            Span<byte> first = stackalloc byte[SafetensorsHeader.LengthBytes];
            var read = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
            var headerLength = SafetensorsHeader.CheckLength(path, first[..read], length);
            var json = new byte[headerLength];
            stream.ReadExactly(json);
            var header = SafetensorsHeader.Parse(path, json, length);

            map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new SafetensorsFile(path, map, view, start + view.PointerOffset, header);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"{path} does not exist.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            view?.Dispose();
            map?.Dispose();
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }

    public bool Contains(string name) => Entries.ContainsKey(name);

    /// <summary>The tensor's entry.</summary>
    /// <exception cref="UserException">There is no tensor of that name; the message lists some that there are.</exception>
    public TensorEntry Entry(string name)
    {
        if (Entries.TryGetValue(name, out var entry)) return entry;
        const int shown = 8;
        var there = string.Join(", ", Entries.Keys.Order(StringComparer.Ordinal).Take(shown));
        throw new UserException($"{Path} has no tensor '{name}'; it has " +
            $"{(Entries.Count == 0 ? "none" : there)}{(Entries.Count > shown ? $" and {Entries.Count - shown} more" : "")}.");
    }

    /// <summary>Where the tensor's bytes lie in memory. Not necessarily aligned to its element size.</summary>
    /// <exception cref="UserException">There is no tensor of that name.</exception>
    public nint Address(string name)
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        return (nint)(start + Entry(name).Offset);
    }

    /// <summary>The tensor's bytes. Do not keep the span beyond this object's life.</summary>
    /// <exception cref="UserException">There is no tensor of that name, or it is larger than a span can be (2 GiB).</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var address = Address(name);
        var length = Entry(name).ByteLength;
        if (length > int.MaxValue)
            throw new UserException($"{Path}: tensor '{name}' has {length} bytes, more than can be read in one piece.");
        return new ReadOnlySpan<byte>((void*)address, (int)length);
    }

    /// <summary>Row-major values of a tensor of any floating type; only float64 loses precision.</summary>
    /// <exception cref="UserException">There is no such tensor, or it is not of a floating type.</exception>
    public float[] ReadFloat32(string name)
    {
        var entry = Entry(name);
        var values = Allocate<float>(entry);
        var from = (byte*)Address(name);
        switch (entry.DType)
        {
            case TensorDType.Float32: Copy(from, values, entry); break;
            case TensorDType.Float16: FloatFormats.FromFloat16(from, values); break;
            case TensorDType.BFloat16: FloatFormats.FromBFloat16(from, values); break;
            case TensorDType.Float64: FloatFormats.FromFloat64(from, values); break;
            default: throw WrongType(entry, "a floating type (F32, F16, BF16, F64)");
        }
        return values;
    }

    /// <summary>Row-major values of an int16 tensor.</summary>
    /// <exception cref="UserException">There is no such tensor, or it has another type.</exception>
    public short[] ReadInt16(string name) => Read<short>(name, TensorDType.Int16);

    /// <inheritdoc cref="ReadInt16"/>
    public int[] ReadInt32(string name) => Read<int>(name, TensorDType.Int32);

    /// <inheritdoc cref="ReadInt16"/>
    public long[] ReadInt64(string name) => Read<long>(name, TensorDType.Int64);

    /// <summary>Values of a uint8 or bool tensor.</summary>
    /// <exception cref="UserException">There is no such tensor, or it has another type.</exception>
    public byte[] ReadUInt8(string name) => Read<byte>(name, Entry(name).DType == TensorDType.Bool ? TensorDType.Bool : TensorDType.UInt8);

    public void Dispose()
    {
        if (start is null) return;
        start = null;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }

    private T[] Read<T>(string name, TensorDType wanted) where T : unmanaged
    {
        var entry = Entry(name);
        if (entry.DType != wanted) throw WrongType(entry, wanted.SafetensorsName());
        var values = Allocate<T>(entry);
        Copy((byte*)Address(name), values, entry);
        return values;
    }

    private T[] Allocate<T>(TensorEntry entry) => entry.ElementCount <= Array.MaxLength
        ? GC.AllocateUninitializedArray<T>((int)entry.ElementCount)
        : throw new UserException($"{Path}: tensor '{entry.Name}' {entry.Describe()} is too large to be read in one piece.");

    private static void Copy<T>(byte* from, T[] to, TensorEntry entry) where T : unmanaged
    {
        fixed (T* target = to) Buffer.MemoryCopy(from, target, entry.ByteLength, entry.ByteLength);
    }

    private UserException WrongType(TensorEntry entry, string wanted) =>
        new($"{Path}: tensor '{entry.Name}' is {entry.Describe()}; {wanted} is wanted here.");
}
