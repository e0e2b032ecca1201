using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>
/// Writes a state dict as torch.save does: the same entries in the same order, stored without compression, their bytes at multiples of 64.
/// Only the serialization id differs, 40 digits that torch shows but does not check: here they are derived from the content.
/// </summary>
public static class TorchFileWriter
{
    private const int Alignment = 64, LocalLength = 30, CentralLength = 46, Zip64EndLength = 56;

    // UTF-8 names; lengths and checksum after the bytes.
    private const ushort Flags = 0x0808;

    /// <summary>Writes the file whole or not at all (<see cref="AtomicFile"/>).</summary>
    /// <param name="path">The file; its name without extension is the archive's root folder.</param>
    /// <param name="tensors">The tensors in the state dict's order.</param>
    /// <exception cref="UserException">The file cannot be written, or would be larger than 4 GiB.</exception>
    /// <exception cref="ArgumentException">A tensor's bytes do not fit its shape.</exception>
    public static void Save(string path, IReadOnlyList<TorchTensorData> tensors)
    {
        foreach (var tensor in tensors)
        {
            var bytes = tensor.Shape.Aggregate((long)tensor.DType.Size(), (product, size) => product * size);
            if (bytes == tensor.Storage.Length && tensor.Strides.Length == tensor.Shape.Length) continue;
            throw new ArgumentException(
                $"Tensor '{tensor.Name}': shape [{string.Join(", ", tensor.Shape)}] does not fit {tensor.Storage.Length} bytes.", nameof(tensors));
        }
        List<(string Name, ReadOnlyMemory<byte> Bytes)> files =
        [
            ("data.pkl", PickleWriter.Write(tensors)), (".format_version", "1"u8.ToArray()), (".storage_alignment", "64"u8.ToArray()),
            ("byteorder", "little"u8.ToArray()),
            .. tensors.Select((tensor, i) => (string.Create(CultureInfo.InvariantCulture, $"data/{i}"), tensor.Storage)),
            ("version", "3\n"u8.ToArray()),
        ];
        var root = Path.GetFileNameWithoutExtension(path);
        var sums = files.Select(file => Crc32.HashToUInt32(file.Bytes.Span)).ToList();
        files.Add((".data/serialization_id", SerializationId(files.Select(file => file.Name), sums)));
        sums.Add(Crc32.HashToUInt32(files[^1].Bytes.Span));
        if (files.Sum(file => file.Bytes.Length + 2L * Alignment + CentralLength + 200) > uint.MaxValue)
            throw new UserException($"{path} would be larger than 4 GiB, which is not written here. Choose the format saelens.");
        AtomicFile.Write(path, stream => Write(stream, [.. files.Select(file => (Encoding.UTF8.GetBytes($"{root}/{file.Name}"), file.Bytes))], sums));
    }

    private static void Write(Stream stream, (byte[] Name, ReadOnlyMemory<byte> Bytes)[] files, List<uint> sums)
    {
        var directory = new MemoryStream();
        long at = 0;
        for (var i = 0; i < files.Length; i++)
        {
            var (name, bytes) = files[i];
            var start = at;
            var padding = PaddingOf(at + LocalLength + name.Length);
            var local = new Fields(LocalLength);
            local.U32(0x04034b50).U16(0).U16(Flags).Skip(18).U16((ushort)name.Length).U16((ushort)padding.Length);
            Put(local.Bytes);
            Put(name);
            Put(padding);
            Put(bytes.Span);
            Put(new Fields(16).U32(0x08074b50).U32(sums[i]).U32((uint)bytes.Length).U32((uint)bytes.Length).Bytes);
            directory.Write(new Fields(CentralLength).U32(0x02014b50).U16(0).U16(0).U16(Flags).Skip(6).U32(sums[i]).U32((uint)bytes.Length).U32((uint)bytes.Length)
                .U16((ushort)name.Length).Skip(12).U32((uint)start).Bytes);
            directory.Write(name);
        }

        var (directoryAt, count) = (at, (uint)files.Length);
        Put(directory.ToArray());
        var endAt = at;
        // Version 4.5 made on Unix (3.0), as torch's zip library says.
        Put(new Fields(Zip64EndLength).U32(0x06064b50).U64(Zip64EndLength - 12).U16(0x031E).U16(0x002D).Skip(8).U64(count).U64(count)
            .U64((ulong)directory.Length).U64((ulong)directoryAt).Bytes);
        Put(new Fields(20).U32(0x07064b50).U32(0).U64((ulong)endAt).U32(1).Bytes);
        Put(new Fields(22).U32(0x06054b50).Skip(4).U16((ushort)count).U16((ushort)count).U32((uint)directory.Length).U32((uint)directoryAt).U16(0).Bytes);

        void Put(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            at += bytes.Length;
        }
    }

    /// <summary>An extra field "FB" of Z's up to the next multiple of 64.</summary>
    private static byte[] PaddingOf(long end)
    {
        const int head = 4;
        var padding = new byte[head + (Alignment - (end + head) % Alignment) % Alignment];
        padding.AsSpan(head).Fill((byte)'Z');
        "FB"u8.CopyTo(padding);
        BinaryPrimitives.WriteUInt16LittleEndian(padding.AsSpan(2), (ushort)(padding.Length - head));
        return padding;
    }

    private static byte[] SerializationId(IEnumerable<string> names, List<uint> sums)
    {
        var content = Encoding.UTF8.GetBytes(string.Join('\n', names) + "\n" + string.Join('\n', sums));
        var number = new BigInteger(SHA256.HashData(content).AsSpan(0, 16), isUnsigned: true);
        return Encoding.ASCII.GetBytes(number.ToString("D40", CultureInfo.InvariantCulture));
    }

    /// <summary>A zip record, filled field by field.</summary>
    private sealed class Fields(int length)
    {
        private int at;

        public byte[] Bytes { get; } = new byte[length];

        public Fields U16(ushort value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(at), value);
            return Skip(sizeof(ushort));
        }

        public Fields U32(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(at), value);
            return Skip(sizeof(uint));
        }

        public Fields U64(ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(at), value);
            return Skip(sizeof(ulong));
        }

        public Fields Skip(int bytes)
        {
            at += bytes;
            return this;
        }
    }
}

/// <summary>A tensor to be written by <see cref="TorchFileWriter"/>.</summary>
/// <param name="Name">Its name in the state dict.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its dimensions; empty for a single number.</param>
/// <param name="Strides">Elements from one index to the next; <see cref="RowMajor"/> for contiguous rows.</param>
/// <param name="Storage">The storage's little-endian bytes, all of which belong to this tensor.</param>
public sealed record TorchTensorData(string Name, TensorDType DType, long[] Shape, long[] Strides, ReadOnlyMemory<byte> Storage)
{
    /// <summary>The strides of a tensor whose last index runs fastest.</summary>
    public static long[] RowMajor(params ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        var next = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = next;
            next *= shape[i];
        }
        return strides;
    }
}
