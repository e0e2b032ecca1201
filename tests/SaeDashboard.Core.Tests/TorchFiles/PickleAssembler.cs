using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SaeDashboard.Core.Tests.TorchFiles;

/// <summary>Puts pickles together opcode by opcode, good and bad ones, and wraps them into the zip file that torch.save writes.</summary>
internal sealed class PickleAssembler
{
    private readonly List<byte> bytes = [0x80, 2];

    public PickleAssembler Raw(params byte[] opcodes)
    {
        bytes.AddRange(opcodes);
        return this;
    }

    public PickleAssembler Op(string opcodes) => Raw(Encoding.Latin1.GetBytes(opcodes));

    public PickleAssembler Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleAssembler Text(string text)
    {
        var encoded = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, encoded.Length);
        return Raw([(byte)'X', .. length, .. encoded]);
    }

    public PickleAssembler Int(int number)
    {
        var little = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(little, number);
        return Raw([(byte)'J', .. little]);
    }

    /// <summary>A tensor over a storage of float32.</summary>
    public PickleAssembler Tensor(int[] shape, int[] strides, int elements, int offset = 0, string key = "0", string storage = "FloatStorage")
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op("((").Text("storage").Global("torch", storage).Text(key).Text("cpu").Int(elements).Op("tQ").Int(offset);
        foreach (var tuple in new[] { shape, strides })
        {
            Op("(");
            foreach (var number in tuple) Int(number);
            Op("t");
        }
        return Raw(0x89).Global("collections", "OrderedDict").Op(")RtR");
    }

    /// <summary>The pickle, ended.</summary>
    public byte[] Bytes => [.. bytes, (byte)'.'];

    /// <summary>Writes a file as torch.save would, of this pickle and storages of the given numbers of float32 zeros.</summary>
    public void Save(string path, params int[] storages) =>
        SaveZip(path, [("ae/data.pkl", Bytes), ("ae/byteorder", "little"u8.ToArray()), .. storages.Select((elements, i) => ($"ae/data/{i}", new byte[4 * elements]))]);

    public static void SaveZip(string path, (string Name, byte[] Bytes)[] entries, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var stream = File.Create(path);
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
        foreach (var (name, content) in entries)
        {
            using var entry = zip.CreateEntry(name, level).Open();
            entry.Write(content);
        }
    }
}
