using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace SaeDashboard.Fuzz.Cases;

/// <summary>Alters the head of a safetensors file: its length, its JSON, where tensors should be.</summary>
internal static class HeaderMutator
{
    private static readonly string[] Types = ["F64", "F32", "F16", "BF16", "I64", "I8", "BOOL", "F8_E5M2", "f32", "", "C64"];

    public static byte[] Mutate(Random random, byte[] file)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        var json = Encoding.UTF8.GetString(file, 8, length);
        var data = file.AsSpan(8 + length).ToArray();
        var what = random.Next(10);
        if (what == 0) return WithLength(random, file);
        if (what == 1) return ByteMutator.Mutate(random, file, length + 200);
        json = what < 4 ? new JsonMutator(random, ReadFields.Words, ReadFields.Of).Mutate(json) : ChangeTensor(random, json);
        if (random.Next(10) == 0) data = data[..random.Next(data.Length)];
        return Join(Encoding.UTF8.GetBytes(json), data);
    }

    public static byte[] Join(byte[] json, byte[] data)
    {
        var head = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(head, json.Length);
        return [.. head, .. json, .. data];
    }

    private static byte[] WithLength(Random random, byte[] file)
    {
        var changed = (byte[])file.Clone();
        var right = BinaryPrimitives.ReadUInt64LittleEndian(file);
        ulong[] lengths = [0, 1, 2, right - 1, right + 1, right * 2, 1UL << 60, 1UL << 63, ulong.MaxValue, 100_000_000, 100_000_001,
            (ulong)file.Length, (ulong)file.Length - 8, (ulong)file.Length - 7, int.MaxValue, uint.MaxValue];
        BinaryPrimitives.WriteUInt64LittleEndian(changed, lengths[random.Next(lengths.Length)]);
        return changed;
    }

    private static string ChangeTensor(Random random, string json)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        var names = root.Select(pair => pair.Key).Where(name => name != "__metadata__").ToArray();
        var name = names[random.Next(names.Length)];
        var tensor = root[name]!.AsObject();
        var other = root[names[random.Next(names.Length)]]!.AsObject();
        var offsets = tensor["data_offsets"]!.AsArray().Select(value => (long)value!).ToArray();
        long Far() => new[] { 1, -1, 4, 1L << 31, 1L << 40, 1L << 60, long.MaxValue, long.MinValue, -offsets[0] - 1 }[random.Next(9)];
        switch (random.Next(11))
        {
            case 0: tensor["data_offsets"] = Array(offsets[0], unchecked(offsets[1] + Far())); break;
            case 1: var by = Far(); tensor["data_offsets"] = Array(unchecked(offsets[0] + by), unchecked(offsets[1] + by)); break;
            case 2: tensor["data_offsets"] = Array(offsets[1], offsets[0]); break;
            case 3: tensor["data_offsets"] = other["data_offsets"]!.DeepClone(); break;
            case 4: tensor["shape"] = other["shape"]!.DeepClone(); break;
            case 5: tensor["shape"] = Array(1L << 32, 1L << 32, random.Next(3)); break;
            case 6: tensor["shape"] = Array([.. Enumerable.Repeat(1L, random.Next(1, 40_000))]); break;
            case 7: tensor["shape"] = Array(-1, -(offsets[1] - offsets[0]) / 4); break;
            case 8: tensor["dtype"] = Types[random.Next(Types.Length)]; break;
            case 9:
                var text = root.ToJsonString();
                // The same name twice, in a place of its own.
                return text[..^1] + $",\"{name}\":{(random.Next(2) == 0 ? tensor.ToJsonString() : "{}")}}}";
            default:
                root.Remove(name);
                root[new string('t', random.Next(1, 50_000))] = tensor;
                break;
        }
        return root.ToJsonString();
    }

    private static JsonArray Array(params long[] values) =>
        [.. values.Select(value => JsonNode.Parse(value.ToString(CultureInfo.InvariantCulture)))];
}
