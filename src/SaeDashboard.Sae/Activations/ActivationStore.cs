using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Activations;

/// <summary>A folder of activations of one layer. Reading is thread-safe.</summary>
public sealed unsafe class ActivationStore : IColumnSource, IDisposable
{
    private const string CollectAgain = "Collect the activations again.";
    private readonly List<MappedFile> maps = [];
    private readonly List<SafeFileHandle> files = [];
    private readonly byte*[] clipStarts;
    private readonly (SafeFileHandle File, long Offset)[] clipPlaces;

    private ActivationStore(string folder, ActivationManifest manifest)
    {
        Folder = folder;
        Manifest = manifest;
        clipStarts = new byte*[manifest.Clips.Count];
        clipPlaces = new (SafeFileHandle, long)[manifest.Clips.Count];
    }

    public string Folder { get; }

    public ActivationManifest Manifest { get; }

    public ActivationSource Source => Manifest.Source;

    string IColumnSource.Name => Folder;

    IReadOnlyList<ActivationSource> IColumnSource.Layers => [Source];

    IReadOnlyList<ActivationClip> IColumnSource.Clips => Manifest.Clips;

    int IColumnSource.ClipsAtOnce => 0;

    public int Width => Source.Width;

    public int ColumnsPerClip => Source.ColumnsPerClip;

    public int ClipCount => Manifest.Clips.Count;

    /// <summary>Columns of all clips, without padding.</summary>
    public long ColumnCount => Manifest.Clips.Sum(clip => (long)(clip.Columns ?? ColumnsPerClip));

    /// <summary>Opens a folder and checks every shard's length against the manifest.</summary>
    /// <exception cref="UserException">The folder holds no activations, is incomplete or truncated, or was written by a newer
    /// program.</exception>
    public static ActivationStore Open(string folder)
    {
        var path = Path.Combine(folder, ActivationManifest.FileName);
        if (!File.Exists(path))
            throw new UserException($"{folder} holds no activations: it has no {ActivationManifest.FileName}. Create them with collect.");
        var manifest = JsonFile.Read<ActivationManifest>(path);
        Check(manifest, path);

        var store = new ActivationStore(folder, manifest);
        try
        {
            var clip = 0;
            foreach (var shard in manifest.Shards)
                clip = store.Map(shard, clip);
        }
        catch
        {
            store.Dispose();
            throw;
        }
        return store;
    }


    /// <summary>Clip i and its activations as float32 [columns, width], without padding.</summary>
    public (ActivationClip Clip, Tensor Columns) Clip(int index)
    {
        var columns = empty([Manifest.Clips[index].Columns ?? ColumnsPerClip, Width], ScalarType.Float32);
        Copy(index, 0, TensorData.AsSpan(columns));
        return (Manifest.Clips[index], columns);
    }

    /// <summary>
    /// Copies whole columns as float32 until <paramref name="target"/> is full, starting at a column counted from 0 within the clip.
    /// </summary>
    public void Copy(int clip, int column, Span<float> target)
    {
        ObjectDisposedException.ThrowIf(maps.Count == 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)column * Width + target.Length, (long)ColumnsPerClip * Width, nameof(column));
        var start = clipStarts[clip] + (long)column * Width * ColumnRecords.Bytes(Source.DType);
        fixed (float* to = target)
            ColumnRecords.Convert(Source.DType, start, to, target.Length);
    }

    /// <inheritdoc/>
    public void Load(ReadOnlySpan<ClipColumnRange> ranges, ReadOnlySpan<nint> targets)
    {
        ObjectDisposedException.ThrowIf(maps.Count == 0, this);
        var record = (long)Width * ColumnRecords.Bytes(Source.DType);
        var target = (byte*)targets[0];
        foreach (var range in ranges)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(range.First + range.Count, ColumnsPerClip, nameof(ranges));
            // Read, not through the map: one request to the disk, and a failing disk is an exception, not a signal.
            var bytes = new Span<byte>(target, checked((int)(range.Count * record)));
            RegularFile.ReadExactly(clipPlaces[range.Clip].File, Folder, clipPlaces[range.Clip].Offset + range.First * record, bytes);
            target += bytes.Length;
        }
    }

    public void Dispose()
    {
        foreach (var map in maps)
            map.Dispose();
        foreach (var file in files)
            file.Dispose();
        maps.Clear();
    }

    private int Map(ActivationShard shard, int firstClip)
    {
        var path = Path.Combine(Folder, shard.File);
        if (RegularFile.TryOpen(path) is not { } file)
            throw new UserException($"{path} is missing, but the manifest lists it. {CollectAgain}");
        files.Add(file);
        var length = RandomAccess.GetLength(file);
        if (length != shard.ByteLength)
            throw new UserException($"{path} has {length} bytes, expected {shard.ByteLength}: it is truncated or from another folder. {CollectAgain}");

        try
        {
            maps.Add(MappedFile.Of(file));
        }
        catch (IOException error)
        {
            throw new UserException($"{path} cannot be mapped into memory: {error.Message}", error);
        }
        var start = (byte*)maps[^1].Address;
        for (var i = 0; i < shard.Clips; i++)
        {
            clipStarts[firstClip + i] = start + i * Source.ClipBytes();
            clipPlaces[firstClip + i] = (file, i * Source.ClipBytes());
        }
        return firstClip + shard.Clips;
    }

    private static void Check(ActivationManifest manifest, string path)
    {
        if (manifest.SchemaVersion != ActivationManifest.CurrentSchema)
        {
            throw new UserException(
                $"{path} has schemaVersion {manifest.SchemaVersion}; this program reads {ActivationManifest.CurrentSchema}. " +
                "Collect the activations again, or use the program that wrote them.");
        }
        var source = manifest.Source;
        if (source.ColumnsPerClip < 1 || source.Width < 1 || manifest.Clips.Count < 1)
        {
            throw new UserException(
                $"{path}: {manifest.Clips.Count} clips of {source.ColumnsPerClip} columns of width {source.Width}: there is nothing to read.");
        }
        if (manifest.Clips.FirstOrDefault(clip => clip.Columns is < 1 || clip.Columns > source.ColumnsPerClip) is { } odd)
            throw new UserException($"{path}: clip {odd.Id} has {odd.Columns} columns of {source.ColumnsPerClip}. {CollectAgain}");
        foreach (var shard in manifest.Shards)
        {
            if (shard.File != Path.GetFileName(shard.File))
                throw new UserException($"{path}: shard \"{shard.File}\" is not a file of this folder.");
            if (shard.Clips < 1 || shard.ByteLength != shard.Clips * source.ClipBytes())
            {
                throw new UserException(
                    $"{path}: {shard.File} cannot hold {shard.Clips} clips in {shard.ByteLength} bytes ({source.ClipBytes()} a clip).");
            }
        }
        var held = manifest.Shards.Sum(shard => (long)shard.Clips);
        if (held != manifest.Clips.Count)
            throw new UserException($"{path} lists {manifest.Clips.Count} clips, but its shards hold {held}. {CollectAgain}");
    }
}
