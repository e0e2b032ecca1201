using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace SaeDashboard.Sae.Tests.Fuzz;

/// <summary>Changes an SAE's files: the JSON and shapes of a safetensors header, weights, entries and opcodes of a torch file.</summary>
internal static class SaeFileMutator
{
    /// <summary>JSON values that mean something to a reader of SAEs.</summary>
    private static readonly string[] Words =
    [
        "\"topk\"", "\"groupmax\"", "\"gated\"", "\"standard\"", "\"jumprelu\"", "\"batchtopk\"", "\"layer_norm\"", "\"relu\"", "\"tanh-relu\"",
        "\"AutoEncoder\"", "\"GatedAutoEncoder\"", "\"CrossCoder\"", "\"MatryoshkaBatchTopKSAE\"", "{\"k\":3}", "\"layers.99999999999999\"", "\"layers.\"",
    ];

    /// <summary>The opcodes a pickle may hold, those that call and those that do not exist.</summary>
    private static readonly byte[] Opcodes = [.. "(}])tsuaeNKMJGXqrhjcQRb.io0P12".Select(letter => (byte)letter), 0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x93, 0x94, 0x95, 0xFF];

    private static readonly string[] Names = ["posix\nsystem\n", "builtins\neval\n", "torch\nFloatStorage\n", "torch\nDoubleStorage\n", "collections\nOrderedDict\n", "torch._utils\n_rebuild_parameter\n"];

    public static string Json(Random random, string json) => new JsonMutator(random, Words).Mutate(json);

    /// <summary>The head of a safetensors file: its JSON, and where tensors should be.</summary>
    public static byte[] Header(Random random, byte[] file)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        if (random.Next(4) == 0)
            return ByteMutator.Mutate(random, file, length + 100);
        if (random.Next(6) == 0)
            return Weights(random, file, 8 + length);
        var json = Encoding.UTF8.GetString(file, 8, length);
        if (random.Next(3) != 0)
        {
            var root = JsonNode.Parse(json)!.AsObject();
            var names = root.Select(pair => pair.Key).ToArray();
            var (name, other) = (names[random.Next(names.Length)], names[random.Next(names.Length)]);
            switch (random.Next(5))
            {
                case 0: root[name]!["shape"] = root[other]!["shape"]!.DeepClone(); break;
                case 1: root[name]!["shape"] = new JsonArray(1L << 32, 1L << 32); break;
                case 2: root[name]!["dtype"] = new[] { "F64", "F16", "BF16", "I32", "BOOL", "F8" }[random.Next(6)]; break;
                case 3:
                    // Twice as many numbers of half the size.
                    root[name]!["dtype"] = "F16";
                    root[name]!["shape"]![0] = 2 * (int)root[name]!["shape"]![0]!;
                    break;
                default:
                    var tensor = root[name]!;
                    root.Remove(name);
                    root[random.Next(2) == 0 ? "scaling_factor" : new string('t', random.Next(1, 5_000))] = tensor;
                    break;
            }
            json = root.ToJsonString();
        }
        else
        {
            json = Json(random, json);
        }
        var bytes = Encoding.UTF8.GetBytes(json);
        var head = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(head, bytes.Length);
        return [.. head, .. bytes, .. file.AsSpan(8 + length)];
    }

    /// <summary>Weights that are not finite, or very large.</summary>
    private static byte[] Weights(Random random, byte[] file, int from)
    {
        var changed = (byte[])file.Clone();
        float[] values = [float.NaN, float.PositiveInfinity, float.MinValue, 1e-42f, 0];
        for (var count = random.Next(1, 400); count > 0; count--)
            BinaryPrimitives.WriteSingleLittleEndian(changed.AsSpan(from + 4 * random.Next((file.Length - from) / 4)), values[random.Next(values.Length)]);
        return changed;
    }

    /// <summary>A zip file of torch.save whose pickle, or an entry, is changed and whose directory and checksums are right.</summary>
    public static byte[] Archive(Random random, byte[] file)
    {
        var entries = new List<(string Name, byte[] Bytes)>();
        using (var zip = new ZipArchive(new MemoryStream(file)))
        {
            foreach (var entry in zip.Entries)
            {
                using var from = entry.Open();
                using var to = new MemoryStream();
                from.CopyTo(to);
                entries.Add((entry.FullName, to.ToArray()));
            }
        }
        var place = random.Next(10) < 8 ? entries.FindIndex(entry => entry.Name.EndsWith("data.pkl", StringComparison.Ordinal)) : random.Next(entries.Count);
        var (name, bytes) = entries[place];
        switch (random.Next(12))
        {
            case 0: entries.RemoveAt(place); break;
            case 1: entries.Add((random.Next(3) switch { 0 => "ae/../x", 1 => name, _ => "b/data.pkl" }, bytes)); break;
            default: entries[place] = (name, name.EndsWith("data.pkl", StringComparison.Ordinal) ? Pickle(random, bytes) : ByteMutator.Mutate(random, bytes, bytes.Length)); break;
        }
        using var result = new MemoryStream();
        using (var zip = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (entryName, content) in entries)
            {
                using var to = zip.CreateEntry(entryName, random.Next(60) == 0 ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Open();
                to.Write(content);
            }
        }
        return result.ToArray();
    }

    private static byte[] Pickle(Random random, byte[] pickle)
    {
        var changed = pickle;
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var place = random.Next(changed.Length);
            changed = random.Next(8) switch
            {
                0 => [.. changed[..place], Opcodes[random.Next(Opcodes.Length)], .. changed[place..]],
                1 => Replaced(changed, place, Opcodes[random.Next(Opcodes.Length)]),
                2 => [.. changed[..place], (byte)'c', .. Encoding.ASCII.GetBytes(Names[random.Next(Names.Length)]), .. changed[place..]],
                3 => [.. changed[..place], .. Enumerable.Repeat(Opcodes[random.Next(Opcodes.Length)], random.Next(1, 200_000)), .. changed[place..]],
                4 => [.. changed[..place], .. changed[..random.Next(changed.Length)]],
                5 => Number(random, changed),
                _ => ByteMutator.Mutate(random, changed, changed.Length),
            };
            if (changed.Length == 0)
                return changed;
        }
        return changed;
    }

    /// <summary>Changes a size, stride, offset or index: the number behind a BININT1 or a BINGET.</summary>
    private static byte[] Number(Random random, byte[] pickle)
    {
        var places = Enumerable.Range(0, pickle.Length - 1).Where(i => pickle[i] is (byte)'K' or (byte)'h').ToArray();
        return places.Length == 0 ? pickle : Replaced(pickle, places[random.Next(places.Length)] + 1, (byte)random.Next(256));
    }

    private static byte[] Replaced(byte[] bytes, int place, byte value)
    {
        var changed = (byte[])bytes.Clone();
        changed[place] = value;
        return changed;
    }
}
