using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>
/// A state dict in a file of torch.save: a zip file with a pickle that describes the tensors (<c>data.pkl</c>) and their bytes
/// (<c>data/0</c>, …). Nothing in it is executed. Opening reads only the description; little-endian files only.
/// </summary>
public sealed unsafe class TorchFile : IDisposable
{
    private const string PickleEntry = "data.pkl", ByteOrderEntry = "byteorder", StorageFolder = "data/";

    private static readonly byte[] Little = "little"u8.ToArray();

    private readonly SafeFileHandle file;
    private readonly Dictionary<string, ZipEntry> entries;

    private TorchFile(
        string path, SafeFileHandle file, Dictionary<string, ZipEntry> entries, IReadOnlyDictionary<string, TorchTensor> tensors,
        IReadOnlyDictionary<string, double> numbers)
    {
        Path = path;
        this.file = file;
        this.entries = entries;
        Tensors = tensors;
        Numbers = numbers;
    }

    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TorchTensor> Tensors { get; }

    /// <summary>Members that are plain numbers.</summary>
    public IReadOnlyDictionary<string, double> Numbers { get; }

    /// <summary>Opens the file and checks the description of every tensor.</summary>
    /// <exception cref="UserException">The file is missing, damaged, of another kind, or holds more than a state dict.</exception>
    public static TorchFile Open(string path)
    {
        var file = RegularFile.Open(path);
        try
        {
            var entries = ZipDirectory.Read(path, file);
            if (!entries.TryGetValue(PickleEntry, out var pickle))
                throw new UserException($"{path} has no {PickleEntry}: it is no file of torch.save. Fetch it again.");
            if (pickle.Length > PickleReader.Longest) throw PickleShape.Refuse(path, $"it has {pickle.Length} bytes; at most {PickleReader.Longest} are read");
            if (entries.TryGetValue(ByteOrderEntry, out var order)
                && (order.Length != Little.Length || !ZipDirectory.ReadBytes(path, file, order).AsSpan().SequenceEqual(Little)))
                throw new UserException($"{path} was written on a machine of another byte order, which is not read here: save it again on a little-endian one.");

            var root = new PickleReader(path, ZipDirectory.ReadBytes(path, file, pickle)).Read();
            var (tensors, numbers) = Members(path, root);
            RequireStorages(path, entries, tensors.Values);
            return new TorchFile(path, file, entries, tensors, numbers);
        }
        catch (Exception error)
        {
            file.Dispose();
            if (error is IOException) throw new UserException($"{path} cannot be read: {error.Message}", error);
            throw;
        }
    }

    /// <summary>The storage's bytes in the file.</summary>
    /// <exception cref="UserException">The bytes are damaged, or more than 2 GiB.</exception>
    public byte[] StorageBytes(TorchTensor tensor)
    {
        try
        {
            return ZipDirectory.ReadBytes(Path, file, entries[StorageFolder + tensor.StorageKey]);
        }
        catch (IOException error)
        {
            throw new UserException($"{Path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Row-major values of a tensor of any floating type, whatever its strides; only float64 loses precision.</summary>
    /// <exception cref="UserException">There is no such tensor, it is not of a floating type, or its bytes are damaged.</exception>
    public float[] ReadFloat32(string name)
    {
        var tensor = Tensor(name);
        var bytes = StorageBytes(tensor);
        var storage = new float[tensor.StorageElements];
        fixed (byte* from = bytes)
        {
            switch (tensor.DType)
            {
                case TensorDType.Float32: bytes.CopyTo(MemoryMarshal.AsBytes(storage.AsSpan())); break;
                case TensorDType.Float16: FloatFormats.FromFloat16(from, storage); break;
                case TensorDType.BFloat16: FloatFormats.FromBFloat16(from, storage); break;
                case TensorDType.Float64: FloatFormats.FromFloat64(from, storage); break;
                default: throw new UserException($"{Path}: tensor '{name}' is {tensor.Describe()}; expected a floating type.");
            }
        }
        if (tensor.Offset == 0 && tensor.ElementCount == storage.Length && tensor.Strides.SequenceEqual(TorchTensorData.RowMajor([.. tensor.Shape]))) return storage;
        return Gather(tensor, storage);
    }

    /// <summary>Row-major values of an integer tensor.</summary>
    /// <exception cref="UserException">There is no such tensor, it is of another type, or its bytes are damaged.</exception>
    public long[] ReadIntegers(string name)
    {
        var tensor = Tensor(name);
        var bytes = StorageBytes(tensor);
        long[] storage = tensor.DType switch
        {
            TensorDType.Int64 => MemoryMarshal.Cast<byte, long>(bytes).ToArray(),
            TensorDType.Int32 => [.. MemoryMarshal.Cast<byte, int>(bytes)],
            _ => throw new UserException($"{Path}: tensor '{name}' is {tensor.Describe()}; expected integers (I64, I32)."),
        };
        return Gather(tensor, storage);
    }

    public void Dispose() => file.Dispose();

    private TorchTensor Tensor(string name) => Tensors.TryGetValue(name, out var tensor) ? tensor : throw new UserException($"{Path} has no tensor '{name}'.");

    private static T[] Gather<T>(TorchTensor tensor, T[] storage)
    {
        var values = new T[tensor.ElementCount];
        if (values.Length == 0) return values;
        var rank = tensor.Shape.Count;
        var (rowLength, rowStride) = rank == 0 ? (1L, 0L) : (tensor.Shape[^1], tensor.Strides[^1]);
        var index = new long[Math.Max(rank - 1, 0)];
        for (long place = 0, from = tensor.Offset; place < values.Length; place += rowLength)
        {
            for (var i = 0L; i < rowLength; i++) values[place + i] = storage[from + i * rowStride];
            for (var axis = index.Length - 1; axis >= 0; axis--)
            {
                from += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis]) break;
                from -= tensor.Strides[axis] * index[axis];
                index[axis] = 0;
            }
        }
        return values;
    }

    private static (Dictionary<string, TorchTensor> Tensors, Dictionary<string, double> Numbers) Members(string path, object? root)
    {
        if (root is not PickleDict dict) throw PickleShape.Refuse(path, "it holds no dict of tensors");
        var (tensors, numbers) = (new Dictionary<string, TorchTensor>(), new Dictionary<string, double>());
        foreach (var (key, value) in dict.Items)
        {
            if (key is not string name) throw PickleShape.Refuse(path, $"its member {key} has no name");
            if (value is TorchTensor tensor) tensors.Add(name, tensor);
            else if (value is long or double) numbers.Add(name, value is long whole ? whole : (double)value);
            else throw PickleShape.Refuse(path, $"its member \"{ZipDirectory.Shown(name)}\" is neither a tensor nor a number");
        }
        return (tensors, numbers);
    }

    private static void RequireStorages(string path, Dictionary<string, ZipEntry> entries, IEnumerable<TorchTensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            var wanted = tensor.StorageElements * tensor.DType.Size();
            if (!entries.TryGetValue(StorageFolder + tensor.StorageKey, out var entry))
                throw PickleShape.Refuse(path, $"the bytes of its storage {tensor.StorageKey} are missing");
            if (entry.Length != wanted) throw PickleShape.Refuse(path, $"its storage {tensor.StorageKey} has {entry.Length} bytes where {wanted} are described");
        }
    }
}

/// <summary>A tensor that a file of <c>torch.save</c> describes: a view into one of the file's storages.</summary>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its dimensions; empty for a single number.</param>
/// <param name="Strides">Elements from one index to the next, for each dimension; rows need not be contiguous.</param>
/// <param name="Offset">Index of its first element in the storage.</param>
/// <param name="StorageKey">The storage's name in the file, digits.</param>
/// <param name="StorageElements">Elements of the whole storage.</param>
public sealed record TorchTensor(
    TensorDType DType, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides, long Offset, string StorageKey, long StorageElements)
{
    /// <summary>The product of the dimensions.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>"F32 [2048, 512]": for messages.</summary>
    public string Describe() => $"{DType.SafetensorsName()} [{string.Join(", ", Shape)}]";
}
