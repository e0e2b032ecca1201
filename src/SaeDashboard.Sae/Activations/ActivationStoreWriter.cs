using System.Globalization;
using System.Security.Cryptography;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// Writes a folder of activations, clip by clip. The folder appears when <see cref="Complete"/> returns; if the process dies before,
/// nothing is left that could be mistaken for a complete one.
/// </summary>
public sealed class ActivationStoreWriter : IDisposable
{
    /// <summary>The target size of a shard in bytes; a shard holds whole clips.</summary>
    private const long ShardBytes = 256L << 20;

    private readonly AtomicFolder folder;
    private readonly ActivationSource source;
    private readonly List<ActivationClip> clips = [];
    private readonly List<ActivationShard> shards = [];
    private readonly long clipsPerShard;
    private FileStream? shard;
    private IncrementalHash? shardHash;
    private int shardClips;

    private ActivationStoreWriter(AtomicFolder folder, ActivationSource source)
    {
        this.folder = folder;
        this.source = source;
        clipsPerShard = Math.Max(1, ShardBytes / source.ClipBytes());
    }

    /// <summary>Starts a folder, after checking that the disk has room for <paramref name="clipCount"/> clips.</summary>
    /// <exception cref="UserException">The folder exists, or the disk is too full.</exception>
    public static ActivationStoreWriter Create(string path, ActivationSource source, int clipCount)
    {
        if (source.ColumnsPerClip < 1 || source.Width < 1)
            throw new ArgumentException($"Clips of {source.ColumnsPerClip} columns of width {source.Width} are empty.", nameof(source));
        RequireSpace(path, (double)source.ClipBytes() * clipCount);
        return new ActivationStoreWriter(AtomicFolder.Create(path), source);
    }

    /// <summary>Adds a clip.</summary>
    /// <param name="clipRow">Its row in the dataset.</param>
    /// <param name="split">Its split.</param>
    /// <param name="columns">Its activations [columns, width].</param>
    /// <param name="clipId">Its id in the dataset; null: the row number.</param>
    /// <param name="music">The number of columns that are music, not padding; null: all.</param>
    /// <exception cref="UserException">An activation is not finite in the stored type, or the disk is full.</exception>
    public void Append(int clipRow, string split, Tensor columns, string? clipId = null, int? music = null)
    {
        if (music is < 1 || music > source.ColumnsPerClip) throw new ArgumentOutOfRangeException(nameof(music), music, $"A clip has 1 to {source.ColumnsPerClip} columns.");
        var clip = new ActivationClip(clipRow, clipId ?? clipRow.ToString(CultureInfo.InvariantCulture), split, music < source.ColumnsPerClip ? music : null);
        if (columns.dim() != 2 || columns.size(0) != source.ColumnsPerClip || columns.size(1) != source.Width)
        {
            var shape = string.Join(", ", columns.shape);
            throw new ArgumentException($"Clip {clip.Id} is [{shape}], not [{source.ColumnsPerClip}, {source.Width}].", nameof(columns));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var kept = columns.to(source.DType switch
        {
            ActivationDType.Float16 => ScalarType.Float16,
            ActivationDType.BFloat16 => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        }).cpu().contiguous();
        CheckFinite(kept, columns, clip);

        if (shard is null || shardClips == clipsPerShard)
            NextShard();
        var bytes = kept.bytes;
        try
        {
            shard!.Write(bytes);
        }
        catch (IOException error)
        {
            throw new UserException($"{shard!.Name} cannot be written: {error.Message} Free some disk space and collect again.", error);
        }
        shardHash!.AppendData(bytes);
        shardClips++;
        clips.Add(clip);
    }

    /// <summary>Writes the manifest and renames the folder to its final name.</summary>
    public void Complete()
    {
        if (clips.Count == 0)
            throw new InvalidOperationException("No clip was added.");
        CloseShard();
        AtomicFile.WriteJson(Path.Combine(folder.WorkPath, ActivationManifest.FileName), new ActivationManifest
        {
            SchemaVersion = ActivationManifest.CurrentSchema,
            Source = source,
            Clips = clips,
            Shards = shards,
            CreatedUtc = DateTime.UtcNow,
        });
        folder.Commit();
    }

    public void Dispose()
    {
        shard?.Dispose();
        shardHash?.Dispose();
        folder.Dispose();
    }

    private void NextShard()
    {
        CloseShard();
        var name = string.Create(CultureInfo.InvariantCulture, $"shard-{shards.Count:D5}.bin");
        shard = new FileStream(Path.Combine(folder.WorkPath, name), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        shardHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    private void CloseShard()
    {
        if (shard is null)
            return;
        shard.Flush(flushToDisk: true);
        var hash = Convert.ToHexStringLower(shardHash!.GetHashAndReset());
        shards.Add(new ActivationShard(Path.GetFileName(shard.Name), shardClips, shard.Length, hash));
        shard.Dispose();
        shardHash.Dispose();
        (shard, shardHash, shardClips) = (null, null, 0);
    }

    private void CheckFinite(Tensor kept, Tensor columns, ActivationClip clip)
    {
        using var finite = kept.isfinite();
        if (finite.all().item<bool>())
            return;
        var place = finite.logical_not().nonzero();
        var (column, dimension) = (place[0, 0].item<long>(), place[0, 1].item<long>());
        var value = columns[column, dimension].to(ScalarType.Float64).item<double>();
        var advice = double.IsFinite(value)
            ? $"does not fit {source.DType}: store the activations as float32 or bfloat16"
            : "is not finite: the model's weights or the clip's codes are damaged";
        throw new UserException(string.Create(CultureInfo.InvariantCulture,
            $"Clip {clip.Id} (row {clip.Row}), column {source.FirstColumn + column}, dimension {dimension}: activation {value} {advice}."));
    }

    /// <summary>Checks that the disk has room.</summary>
    /// <exception cref="UserException">It does not.</exception>
    public static void RequireSpace(string path, double bytes)
    {
        var existing = Path.GetFullPath(path);
        while (!Directory.Exists(existing))
            existing = Path.GetDirectoryName(existing) ?? "/";
        var free = new DriveInfo(existing).AvailableFreeSpace;
        if (bytes > free)
        {
            throw new UserException(string.Create(CultureInfo.InvariantCulture,
                $"The activations need {bytes / 1e9:F2} GB, but {existing} has {free / 1e9:F2} GB free. ") +
                "Collect fewer clips, store them as float16 or bfloat16, or choose another disk.");
        }
    }
}
