using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>
/// Reads pickles that hold data only. A pickle is a program that may call anything in Python; this reader supports the opcodes that torch.save
/// writes for a state dict or plain values (protocol 2) and the names in <see cref="PickleGlobal.Known"/>, builds dicts, lists, numbers,
/// strings and descriptions of tensors, and rejects everything else by name. Nothing is called.
/// </summary>
internal sealed class PickleReader(string path, byte[] pickle)
{
    /// <summary>A state dict of a thousand tensors takes 150 kB.</summary>
    public const int Longest = 4 << 20;

    private const int LongestName = 256;

    // A tensor takes seven; without a limit each byte of the pickle could create one.
    private const int MostContainers = 100_000;

    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int at;
    private int containers;

    /// <summary>The pickled value: null, bool, long, double, string, or a type of PickleValues.cs or <see cref="TorchTensor"/>.</summary>
    /// <exception cref="UserException">The pickle is damaged, or holds more than data.</exception>
    public object? Read()
    {
        while (true)
        {
            var opcode = Take(1)[0];
            if (opcode == '.')
            {
                if (stack.Count != 1 || marks.Count != 0 || at != pickle.Length) throw Wrong("it does not end where it should");
                PickleShape.RequireTree(path, stack[0]);
                return stack[0];
            }
            Step(opcode);
        }
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80 when Take(1)[0] is var protocol: // PROTO
                if (protocol != 2) throw Wrong($"it is of pickle protocol {protocol}; torch.save writes 2");
                break;
            case (byte)'(': marks.Add(stack.Count); break; // MARK
            case (byte)'}': Container(new PickleDict(Ordered: false)); break; // EMPTY_DICT
            case (byte)']': Container(new PickleList([])); break; // EMPTY_LIST
            case (byte)')': Container(new PickleTuple([])); break; // EMPTY_TUPLE
            case (byte)'t': Container(new PickleTuple(PopMark())); break; // TUPLE
            case 0x85: Container(new PickleTuple(Pop(1))); break; // TUPLE1
            case 0x86: Container(new PickleTuple(Pop(2))); break; // TUPLE2
            case 0x87: Container(new PickleTuple(Pop(3))); break; // TUPLE3
            case (byte)'N': stack.Add(null); break; // NONE
            case 0x88: stack.Add(true); break; // NEWTRUE
            case 0x89: stack.Add(false); break; // NEWFALSE
            case (byte)'K': stack.Add((long)Take(1)[0]); break; // BININT1
            case (byte)'M': stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break; // BININT2
            case (byte)'J': stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break; // BININT
            case 0x8a: stack.Add(Long(Take(Take(1)[0]))); break; // LONG1
            case (byte)'G': stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break; // BINFLOAT
            case (byte)'X': stack.Add(Text(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))))); break; // BINUNICODE
            case (byte)'q': memo[Take(1)[0]] = Top(); break; // BINPUT
            case (byte)'r': memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top(); break; // LONG_BINPUT
            case (byte)'h': stack.Add(Remembered(Take(1)[0])); break; // BINGET
            case (byte)'j': stack.Add(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break; // LONG_BINGET
            case (byte)'s': SetItems(Pop(2)); break; // SETITEM
            case (byte)'u': SetItems(PopMark()); break; // SETITEMS
            case (byte)'a': Append(Pop(1)); break; // APPEND
            case (byte)'e': Append(PopMark()); break; // APPENDS
            case (byte)'c': stack.Add(Global()); break; // GLOBAL
            case (byte)'Q': stack.Add(PickleShape.Storage(path, Pop(1)[0])); break; // BINPERSID
            case (byte)'R' when Pop(2) is var call: Container(PickleShape.Build(path, call[0], call[1])); break; // REDUCE
            case (byte)'b' when Pop(1)[0] is var state: PickleShape.RequireMetadata(path, Top(), state); break; // BUILD
            default: throw Wrong($"it holds the opcode 0x{opcode:X2} ({Name(opcode)}) at byte {at - 1}, which no saved state dict needs");
        }
    }

    private void Container(object value)
    {
        if (++containers > MostContainers) throw Wrong($"it builds more than {MostContainers} values");
        stack.Add(value);
    }

    private PickleGlobal Global()
    {
        var (module, name) = (Line(), Line());
        return PickleGlobal.Known.FirstOrDefault(known => known.Module == module && known.Name == name)
            ?? throw Wrong($"it asks for {ZipDirectory.Shown(module)}.{ZipDirectory.Shown(name)}, which is code and not data; nothing of it was run");
    }

    private string Line()
    {
        var rest = pickle.AsSpan(at);
        var length = rest[..Math.Min(rest.Length, LongestName)].IndexOf((byte)'\n');
        if (length < 0) throw Wrong("a name in it does not end");
        at += length + 1;
        return Text(rest[..length]);
    }

    private void SetItems(object?[] items)
    {
        if (Top() is not PickleDict dict || items.Length % 2 != 0) throw Wrong("it sets members of what is no dict");
        for (var i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long)) throw Wrong("a dict in it has a key that is neither a text nor a whole number");
            if (!dict.Keys.Add(items[i]!))
                throw Wrong($"a dict in it has the key \"{ZipDirectory.Shown(Convert.ToString(items[i], CultureInfo.InvariantCulture)!)}\" twice");
            dict.Items.Add(new(items[i]!, items[i + 1]));
        }
    }

    private void Append(object?[] items)
    {
        if (Top() is not PickleList list) throw Wrong("it appends to what is no list");
        list.Items.AddRange(items);
    }

    private object? Top() => stack.Count > (marks.Count > 0 ? marks[^1] : 0) ? stack[^1] : throw Wrong("it takes more than it put");

    private object? Remembered(uint index) => memo.TryGetValue(index, out var value) ? value : throw Wrong($"it recalls value {index}, which it never kept");

    private object?[] Pop(int count)
    {
        if (stack.Count - count < (marks.Count > 0 ? marks[^1] : 0)) throw Wrong("it takes more than it put");
        return PopFrom(stack.Count - count);
    }

    private object?[] PopMark()
    {
        if (marks.Count == 0) throw Wrong("it takes up to a mark that it never set");
        var from = marks[^1];
        marks.RemoveAt(marks.Count - 1);
        return PopFrom(from);
    }

    private object?[] PopFrom(int from)
    {
        var items = stack.GetRange(from, stack.Count - from).ToArray();
        stack.RemoveRange(from, items.Length);
        return items;
    }

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > pickle.Length - at) throw Wrong("it ends too early");
        at += (int)count;
        return pickle.AsSpan(at - (int)count, (int)count);
    }

    private long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long)) throw Wrong($"a whole number in it has {bytes.Length} bytes");
        var value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1L : 0;
        for (var i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    private string Text(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw Wrong("a text in it is not UTF-8");

    private static string Name(byte opcode) => opcode switch
    {
        (byte)'i' => "INST",
        (byte)'o' => "OBJ",
        0x81 => "NEWOBJ",
        0x92 => "NEWOBJ_EX",
        0x93 => "STACK_GLOBAL",
        0x82 or 0x83 or 0x84 => "EXT",
        (byte)'P' => "PERSID",
        0x95 => "FRAME",
        0x94 => "MEMOIZE",
        _ => "unknown here",
    };

    private UserException Wrong(string what) => PickleShape.Refuse(path, what);
}
