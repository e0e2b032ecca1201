using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>
/// The tensors of a checkpoint folder by name, from one <c>model.safetensors</c> or from the shards that
/// <c>model.safetensors.index.json</c> lists. Files are memory-mapped; a tensor takes memory when it is read.
/// </summary>
public sealed class CheckpointTensors : IDisposable
{
    private readonly List<SafetensorsFile> files;
    private readonly SortedDictionary<string, SafetensorsFile> tensors;
    private readonly Dictionary<SafetensorsFile, MappedFile> maps = [];

    private CheckpointTensors(string folder, List<SafetensorsFile> files, SortedDictionary<string, SafetensorsFile> tensors)
    {
        Folder = folder;
        this.files = files;
        this.tensors = tensors;
        ByteLength = tensors.Sum(pair => (long)pair.Value.Entries[pair.Key].ByteLength);
    }

    /// <summary>The folder, for messages.</summary>
    public string Folder { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long ByteLength { get; }

    /// <summary>Called with a tensor's bytes when it has been read.</summary>
    internal Action<long>? BytesRead { get; set; }

    /// <summary>Every tensor's name, in ordinal order.</summary>
    public IEnumerable<string> Names => this.tensors.Keys;

    /// <summary>Maps the folder's files and checks that every tensor of the index exists.</summary>
    /// <exception cref="UserException">The folder or one of its files is missing, truncated or damaged.</exception>
    public static CheckpointTensors Open(string folder)
    {
        if (!Directory.Exists(folder)) throw new UserException($"{folder} does not exist: give the folder of a model.");
        var files = new List<SafetensorsFile>();
        CheckpointTensors? checkpoint = null;
        try
        {
            checkpoint = new CheckpointTensors(folder, files, CheckpointIndex.Open(folder, files));
            foreach (var file in files) checkpoint.maps.Add(file, MappedFile.Of(file.Handle));
            return checkpoint;
        }
        catch (Exception error)
        {
            if (checkpoint is not null) checkpoint.Dispose();
            else files.ForEach(file => file.Dispose());
            if (error is IOException) throw new UserException($"{folder} cannot be mapped into memory: {error.Message}", error);
            throw;
        }
    }

    public bool Contains(string name) => this.tensors.ContainsKey(name);

    /// <summary>The tensor's type, shape and position in its file.</summary>
    /// <exception cref="UserException">There is no such tensor.</exception>
    public TensorEntry Entry(string name) => File(name).Entries[name];

    /// <summary>The tensor as float32, copied (float16 and bfloat16 are widened exactly). It belongs to the caller's dispose
    /// scope.</summary>
    /// <exception cref="UserException">There is no such tensor, or it is not a floating type.</exception>
    public Tensor Float32(string name) => Copy(Floating(name));

    /// <summary>The tensor as float32, checked against the shape that the configuration requires.</summary>
    /// <exception cref="UserException">There is no such tensor, it is not a floating type, or its shape differs; the message names
    /// both shapes.</exception>
    public Tensor Float32(string name, params long[] expectedShape) => Copy(Stored(name, expectedShape));

    /// <summary>The tensor's address, checked against the shape that the configuration requires.</summary>
    /// <inheritdoc cref="Float32(string, long[])" path="/exception"/>
    internal StoredTensor Stored(string name, params long[] expectedShape)
    {
        ArgumentNullException.ThrowIfNull(expectedShape);
        var file = File(name);
        var entry = file.Entries[name];
        if (!entry.Shape.SequenceEqual(expectedShape))
        {
            throw new UserException($"{file.Path}: tensor '{name}' is [{string.Join(", ", entry.Shape)}], but config.json asks for "
                + $"[{string.Join(", ", expectedShape)}]: the two files do not belong together. Fetch the folder again.");
        }
        return Floating(name);
    }

    /// <summary>Rejects a checkpoint with more than the configuration describes: reading only part of it would compute something else.</summary>
    /// <exception cref="UserException">The tensor is there.</exception>
    internal void RequireAbsent(string name, string configured)
    {
        if (this.tensors.TryGetValue(name, out var file))
            throw new UserException($"{file.Path} has a tensor '{name}', but config.json says {configured}: the two files do not belong "
                + "together. Fetch the folder again.");
    }

    /// <summary>SHA-256 of the checkpoint's content, independent of its shards: see <see cref="WeightsHash"/>.</summary>
    /// <param name="bytesDone">Receives the number of bytes read.</param>
    public string Hash(Action<long>? bytesDone = null) =>
        WeightsHash.Of(this.tensors.Select(pair => (pair.Value, pair.Value.Entries[pair.Key])), bytesDone);

    public void Dispose()
    {
        foreach (var map in this.maps.Values) map.Dispose();
        this.files.ForEach(file => file.Dispose());
    }

    private StoredTensor Floating(string name)
    {
        var file = File(name);
        var entry = file.Entries[name];
        if (entry.DType is not (TensorDType.Float32 or TensorDType.Float16 or TensorDType.BFloat16 or TensorDType.Float64))
        {
            throw new UserException($"{file.Path}: tensor '{name}' is {entry.Describe()}: expected a floating "
                + "type (F32, F16, BF16).");
        }
        return new StoredTensor(this.maps[file].Address + (nint)entry.Offset, entry.DType, entry.Shape);
    }

    private Tensor Copy(StoredTensor from)
    {
        var type = from.Type switch
        {
            TensorDType.Float32 => ScalarType.Float32,
            TensorDType.Float16 => ScalarType.Float16,
            TensorDType.BFloat16 => ScalarType.BFloat16,
            _ => ScalarType.Float64,
        };
        var stored = TensorData.FromBytes(from.Address, from.ByteLength, type, [.. from.Shape]);
        var values = stored;
        if (type != ScalarType.Float32)
        {
            using (stored) values = stored.to_type(ScalarType.Float32);
        }
        BytesRead?.Invoke(from.ByteLength);
        return values;
    }

    private SafetensorsFile File(string name) => this.tensors.TryGetValue(name, out var file)
        ? file
        : throw new UserException($"{Folder} has no tensor '{name}', which config.json asks for: the checkpoint is incomplete, or the "
            + "two do not belong together. Fetch the folder again.");
}

/// <summary>A tensor in a memory-mapped file.</summary>
/// <param name="Address">Its first byte, not necessarily aligned; valid while the checkpoint is open.</param>
/// <param name="Type">A floating type.</param>
/// <param name="Shape">Row-major.</param>
internal readonly record struct StoredTensor(nint Address, TensorDType Type, IReadOnlyList<long> Shape)
{
    public long ByteLength => Shape.Aggregate((long)Type.Size(), (product, size) => product * size);
}

/// <summary>The progress of loading a model.</summary>
/// <param name="Part">The part being read, for display.</param>
/// <param name="Done">Bytes of the checkpoint read.</param>
/// <param name="Total">Bytes of the checkpoint; tensors that no part reads count as read at the end.</param>
public readonly record struct LoadProgress(string Part, long Done, long Total);
