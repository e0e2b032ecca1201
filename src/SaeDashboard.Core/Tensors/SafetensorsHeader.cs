using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tensors;

/// <summary>
/// The head of a safetensors file: u64 little-endian length, that many bytes of JSON (name → dtype, shape, data_offsets; "__metadata__":
/// strings), then the data, without gap or overlap. Everything is checked, because these files are untrusted.
/// </summary>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, TensorEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    public const int LengthBytes = 8;
    public const string MetadataKey = "__metadata__";

    /// <summary>The format's own limit.</summary>
    public const long LongestHeader = 100_000_000;

    /// <summary>The most dimensions that libraries support.</summary>
    private const int MostDimensions = 64;

    private const string FetchAgain = "the download or copy is incomplete: fetch it again";

    /// <summary>Length of the JSON, from the first eight bytes.</summary>
    public static int CheckLength(string path, ReadOnlySpan<byte> firstBytes, long fileLength)
    {
        if (fileLength < LengthBytes)
            throw new UserException($"{path} has {fileLength} bytes, too few for a safetensors file: {FetchAgain}.");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(firstBytes);
        if (length > LongestHeader || length < 2)
        {
            GitLfsPointer.Refuse(path);
            throw new UserException($"{path} is not a safetensors file, or is damaged: its header would have {length} bytes. Fetch it again.");
        }
        if (LengthBytes + (long)length > fileLength)
            throw new UserException($"{path} ends within its header ({fileLength} bytes of at least {LengthBytes + (long)length}): " +
                $"{FetchAgain}.");
        return (int)length;
    }

    /// <summary>Parses and checks the JSON.</summary>
    public static SafetensorsHeader Parse(string path, ReadOnlyMemory<byte> json, long fileLength)
    {
        if (json.Span[0] != (byte)'{' || !Utf8.IsValid(json.Span))
            throw new UserException($"{path} is no safetensors file, or is damaged: its header is not JSON. Fetch it again.");
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return Read(path, document.RootElement, LengthBytes + json.Length, fileLength);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name or string with half a surrogate pair.
            throw new UserException($"{path}: its safetensors header is damaged ({error.Message}) Fetch it again.", error);
        }
    }

    private static SafetensorsHeader Read(string path, JsonElement root, long dataStart, long fileLength)
    {
        var entries = new Dictionary<string, TensorEntry>();
        Dictionary<string, string>? metadata = null;
        foreach (var property in root.EnumerateObject())
        {
            var name = property.Name;
            if (name == MetadataKey)
            {
                if (metadata is not null) throw new UserException($"{path}: its header has two {MetadataKey}. Write the file again.");
                metadata = ReadMetadata(path, property.Value);
            }
            else if (!entries.TryAdd(name, ReadEntry(path, name, property.Value, dataStart)))
            {
                throw new UserException($"{path}: two tensors are named '{name}'. Write the file again.");
            }
        }
        CheckPlaces(path, entries.Values, dataStart, fileLength);
        return new SafetensorsHeader(entries, metadata ?? []);
    }

    private static Dictionary<string, string> ReadMetadata(string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new UserException($"{path}: {MetadataKey} is not an object. Write the file again.");
        var metadata = new Dictionary<string, string>();
        foreach (var item in value.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String || !metadata.TryAdd(item.Name, item.Value.GetString()!))
                throw new UserException($"{path}: '{item.Name}' of {MetadataKey} is no text, or stands twice. Write the file again.");
        }
        return metadata;
    }

    private static TensorEntry ReadEntry(string path, string name, JsonElement value, long dataStart)
    {
        UserException Wrong(string what) => new($"{path}: tensor '{name}': {what}. The header is damaged: fetch or write the file again.");
        if (value.ValueKind != JsonValueKind.Object) throw Wrong("its entry is not an object");
        string? typeName = null;
        long[]? shape = null, offsets = null;
        foreach (var item in value.EnumerateObject())
        {
            if (item.NameEquals("dtype"))
            {
                if (typeName is not null || item.Value.ValueKind != JsonValueKind.String) throw Wrong("dtype is no text, or stands twice");
                typeName = item.Value.GetString()!;
            }
            else if (item.NameEquals("shape"))
            {
                if (shape is not null) throw Wrong("shape stands twice");
                shape = ReadNumbers(item.Value) ?? throw Wrong("shape is no list of whole numbers, or a very long one");
            }
            else if (item.NameEquals("data_offsets"))
            {
                if (offsets is not null) throw Wrong("data_offsets stands twice");
                offsets = ReadNumbers(item.Value) ?? throw Wrong("data_offsets is no list of whole numbers");
            }
        }
        if (typeName is null || shape is null || offsets is null) throw Wrong("dtype, shape or data_offsets is missing");
        if (TensorDTypes.FromSafetensorsName(typeName) is not { } dtype)
            throw new UserException($"{path}: tensor '{name}' has dtype {typeName}, which is not read here (F64, F32, F16, BF16, I64, " +
                "I32, I16, I8, U8, BOOL are): convert the file.");
        if (offsets.Length != 2 || offsets[1] < offsets[0] || offsets[1] > long.MaxValue - dataStart)
            throw Wrong("data_offsets is not [begin, end]");
        var length = offsets[1] - offsets[0];
        if (ByteLength(shape, dtype) != length)
            throw Wrong($"shape [{string.Join(", ", shape)}] of {typeName} does not fill its {length} bytes");
        return new TensorEntry(name, dtype, shape, dataStart + offsets[0], length);
    }

    /// <summary>Null if it does not fit in 64 bits.</summary>
    private static long? ByteLength(long[] shape, TensorDType dtype)
    {
        try
        {
            return shape.Aggregate((long)dtype.Size(), (product, size) => checked(product * size));
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static long[]? ReadNumbers(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MostDimensions) return null;
        var numbers = new long[value.GetArrayLength()];
        var count = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0) return null;
            numbers[count++] = number;
        }
        return numbers;
    }

    private static void CheckPlaces(string path, IEnumerable<TensorEntry> entries, long dataStart, long fileLength)
    {
        var next = dataStart;
        foreach (var entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteLength))
        {
            if (entry.Offset + entry.ByteLength > fileLength)
                throw new UserException($"{path} ends before the end of tensor '{entry.Name}' ({fileLength} bytes of at least " +
                    $"{entry.Offset + entry.ByteLength}): {FetchAgain}.");
            if (entry.Offset != next)
                throw new UserException($"{path}: tensor '{entry.Name}' " +
                    $"{(entry.Offset < next ? "overlaps the one before it" : "leaves a gap before it")}. " +
                    "The header is damaged: fetch or write the file again.");
            next = entry.Offset + entry.ByteLength;
        }
        if (next != fileLength)
            throw new UserException($"{path} has {fileLength - next} bytes that belong to no tensor: it is damaged; fetch or write it " +
                "again.");
    }
}
