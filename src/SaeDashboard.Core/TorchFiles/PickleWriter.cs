using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>
/// Writes the pickle of a state dict byte for byte as torch.save does (protocol 2, Python's numbering of its memo): files written by torch and
/// by this program are indistinguishable, which ensures without Python that torch can read them.
/// </summary>
internal sealed class PickleWriter
{
    // Pickle sets members in batches of this size.
    private const int Batch = 1000;

    private readonly List<byte> pickle = [];
    private readonly Dictionary<string, int> shared = [];
    private int remembered;

    /// <summary>The pickle of a dict of tensors; tensor number i has the storage "i".</summary>
    public static byte[] Write(IReadOnlyList<TorchTensorData> tensors)
    {
        var writer = new PickleWriter();
        writer.Bytes(0x80, 2, (byte)'}');
        writer.Remember();
        for (var from = 0; from < tensors.Count; from += Batch)
        {
            var to = Math.Min(tensors.Count, from + Batch);
            if (to - from > 1) writer.Bytes((byte)'(');
            for (var i = from; i < to; i++) writer.Member(tensors[i], i);
            writer.Bytes((byte)(to - from > 1 ? 'u' : 's'));
        }
        writer.Bytes((byte)'.');
        return [.. writer.pickle];
    }

    private void Member(TorchTensorData tensor, int number)
    {
        Text(tensor.Name);
        Global(PickleGlobal.Named("_rebuild_tensor_v2"));
        Bytes((byte)'(', (byte)'(');
        Shared("storage", () => Text("storage"));
        Global(PickleGlobal.Known.First(known => known.Storage == tensor.DType));
        Text(number.ToString(CultureInfo.InvariantCulture));
        Shared("cpu", () => Text("cpu"));
        Integer(tensor.Storage.Length / tensor.DType.Size());
        Bytes((byte)'t');
        Remember();
        Bytes((byte)'Q');
        Integer(0);
        Tuple(tensor.Shape);
        Tuple(tensor.Strides);
        Bytes(0x89);
        Global(PickleGlobal.Named("OrderedDict"));
        Bytes((byte)')', (byte)'R');
        Remember();
        Bytes((byte)'t');
        Remember();
        Bytes((byte)'R');
        Remember();
    }

    private void Tuple(long[] numbers)
    {
        if (numbers.Length == 0)
        {
            Bytes((byte)')');
            return;
        }
        if (numbers.Length > 3) Bytes((byte)'(');
        foreach (var number in numbers) Integer(number);
        Bytes((byte)(numbers.Length switch { 1 => 0x85, 2 => 0x86, 3 => 0x87, _ => 't' }));
        Remember();
    }

    private void Integer(long number)
    {
        switch (number)
        {
            case >= 0 and <= byte.MaxValue: Bytes((byte)'K', (byte)number); break;
            case >= 0 and <= ushort.MaxValue: Bytes((byte)'M', (byte)number, (byte)(number >> 8)); break;
            case >= 0 and <= int.MaxValue: Bytes((byte)'J'); Little((uint)number); break;
            default: throw new ArgumentOutOfRangeException(nameof(number), number, "A size in a state dict is a 32-bit number.");
        }
    }

    private void Global(PickleGlobal global) => Shared($"{global.Module}\n{global.Name}\n", () =>
    {
        Bytes((byte)'c');
        Bytes(Encoding.UTF8.GetBytes($"{global.Module}\n{global.Name}\n"));
        Remember();
    });

    private void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Bytes((byte)'X');
        Little((uint)bytes.Length);
        Bytes(bytes);
        Remember();
    }

    /// <summary>Writes a value the first time, and refers to its memo from then on.</summary>
    private void Shared(string key, Action write)
    {
        if (!shared.TryGetValue(key, out var place))
        {
            write();
            shared.Add(key, remembered - 1);
            return;
        }
        Memo((byte)'h', (byte)'j', place);
    }

    private void Remember() => Memo((byte)'q', (byte)'r', remembered++);

    private void Memo(byte small, byte large, int place)
    {
        if (place <= byte.MaxValue)
        {
            Bytes(small, (byte)place);
            return;
        }
        Bytes(large);
        Little((uint)place);
    }

    private void Bytes(params ReadOnlySpan<byte> bytes) => pickle.AddRange(bytes);

    private void Little(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Bytes(bytes);
    }
}
