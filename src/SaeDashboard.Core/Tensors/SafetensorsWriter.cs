using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tensors;

/// <summary>
/// Collects tensors and writes them as one safetensors file. The bytes depend only on the content: tensors are ordered by element size,
/// largest first, then by name, so that each is aligned; the header is padded to 8 bytes. Data passed as a span is copied, a memory is
/// referenced until <see cref="Save"/>, and <see cref="AddStreamed"/> keeps no data.
/// </summary>
public sealed class SafetensorsWriter
{
    private readonly Dictionary<string, Item> items = [];

    /// <summary>Strings of the header's "__metadata__".</summary>
    public IDictionary<string, string> Metadata { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    public void Add(string name, ReadOnlySpan<float> data, params long[] shape) => AddCopy(name, TensorDType.Float32, data, shape);

    public void Add(string name, ReadOnlySpan<double> data, params long[] shape) => AddCopy(name, TensorDType.Float64, data, shape);

    public void Add(string name, ReadOnlySpan<long> data, params long[] shape) => AddCopy(name, TensorDType.Int64, data, shape);

    public void Add(string name, ReadOnlySpan<int> data, params long[] shape) => AddCopy(name, TensorDType.Int32, data, shape);

    public void Add(string name, ReadOnlySpan<short> data, params long[] shape) => AddCopy(name, TensorDType.Int16, data, shape);

    public void Add(string name, ReadOnlySpan<byte> data, params long[] shape) => AddCopy(name, TensorDType.UInt8, data, shape);

    /// <summary>Adds little-endian, row-major bytes, which must not change before <see cref="Save"/>.</summary>
    public void Add(string name, TensorDType dtype, ReadOnlyMemory<byte> data, params long[] shape)
    {
        var item = new Item(dtype, [.. shape], stream => stream.Write(data.Span));
        if (item.ByteLength != data.Length) throw DoesNotFit(name, shape, $"{data.Length} bytes");
        Insert(name, item);
    }

    /// <summary>
    /// Adds a tensor whose little-endian, row-major bytes <paramref name="write"/> writes when the file is saved.
    /// </summary>
    public void AddStreamed(string name, TensorDType dtype, Action<Stream> write, params long[] shape) =>
        Insert(name, new Item(dtype, [.. shape], write));

    /// <summary>Writes the file whole or not at all (<see cref="AtomicFile"/>).</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    /// <exception cref="InvalidOperationException">A streamed tensor wrote another number of bytes than its shape has.</exception>
    public void Save(string path)
    {
        var ordered = items.OrderByDescending(pair => pair.Value.DType.Size()).ThenBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var header = Header(ordered);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[SafetensorsHeader.LengthBytes];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var (name, item) in ordered)
            {
                var before = stream.Position;
                item.Write(stream);
                if (stream.Position - before != item.ByteLength)
                    throw new InvalidOperationException($"Tensor '{name}' wrote {stream.Position - before} bytes; " +
                        $"its shape has {item.ByteLength}.");
            }
        });
    }

    private void AddCopy<T>(string name, TensorDType dtype, ReadOnlySpan<T> data, long[] shape) where T : unmanaged
    {
        var copy = data.ToArray();
        var item = new Item(dtype, [.. shape], stream => WriteAll(stream, copy));
        if (item.ByteLength != (long)data.Length * dtype.Size()) throw DoesNotFit(name, shape, $"{data.Length} values");
        Insert(name, item);
    }

    private static ArgumentException DoesNotFit(string name, long[] shape, string data) =>
        new($"Tensor '{name}': shape [{string.Join(", ", shape)}] does not fit {data}.", nameof(shape));

    // In pieces: an array may have more bytes than a span can hold.
    private static void WriteAll<T>(Stream stream, T[] data) where T : unmanaged
    {
        const int piece = 1 << 20;
        for (var from = 0; from < data.Length; from += piece)
            stream.Write(MemoryMarshal.AsBytes(data.AsSpan(from, Math.Min(piece, data.Length - from))));
    }

    private void Insert(string name, Item item)
    {
        if (name == SafetensorsHeader.MetadataKey) throw new ArgumentException($"No tensor can be named {name}.", nameof(name));
        if (!items.TryAdd(name, item)) throw new ArgumentException($"Tensor '{name}' was added already.", nameof(name));
    }

    private byte[] Header(List<KeyValuePair<string, Item>> ordered)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JsonDefaults.Lines.Encoder }))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, value) in Metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var (name, item) in ordered)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", item.DType.SafetensorsName());
                WriteNumbers(json, "shape", item.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset + item.ByteLength]);
                json.WriteEndObject();
                offset += item.ByteLength;
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private sealed class Item(TensorDType dtype, long[] shape, Action<Stream> write)
    {
        public TensorDType DType { get; } = dtype;
        public long[] Shape { get; } = shape;
        public Action<Stream> Write { get; } = write;
        public long ByteLength { get; } = shape.Aggregate((long)dtype.Size(), (product, size) => size >= 0
            ? checked(product * size)
            : throw new ArgumentException($"A shape has no negative sizes: [{string.Join(", ", shape)}].", nameof(shape)));
    }
}
