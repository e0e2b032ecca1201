using System.Runtime.InteropServices;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Data;

/// <summary>
/// A dataset of codec codes: metadata.jsonl (one clip per line) and codes.safetensors (<c>codes</c> int16
/// <c>[clips, codebooks, frames]</c>, row i = line i). A clip's codes are read on demand. Thread-safe.
/// </summary>
public sealed class ClipDataset : IDisposable
{
    private const string CodesTensor = "codes";

    private readonly SafetensorsFile codes;
    private readonly Lazy<string> hash;

    private ClipDataset(string folder, IReadOnlyList<Clip> clips, SafetensorsFile codes)
    {
        Folder = folder;
        Clips = clips;
        this.codes = codes;
        var shape = codes.Entry(CodesTensor).Shape;
        Codebooks = (int)shape[1];
        Frames = (int)shape[2];
        hash = new Lazy<string>(() => Hashing.Sha256Files(MetadataPath(folder), codes.Path));
    }

    public string Folder { get; }

    /// <summary>The folder's name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>All clips, in the order of their rows.</summary>
    public IReadOnlyList<Clip> Clips { get; }

    /// <summary>Codebooks of every clip.</summary>
    public int Codebooks { get; }

    /// <summary>Frames of every clip.</summary>
    public int Frames { get; }

    /// <summary>SHA-256 of metadata.jsonl followed by codes.safetensors. Computed when first asked for.</summary>
    public string Hash => hash.Value;

    /// <summary>Opens the set and checks every line of its metadata.</summary>
    /// <exception cref="UserException">Something is missing, unreadable or does not fit; the message names file and line.</exception>
    public static ClipDataset Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserException($"{folder} does not exist: give a data set's folder (metadata.jsonl and codes.safetensors).");
        var metadata = MetadataPath(folder);
        if (!File.Exists(metadata)) throw new UserException($"{folder} is no data set: it has no metadata.jsonl.");
        var codesPath = Path.Combine(folder, "codes.safetensors");
        if (!File.Exists(codesPath))
            throw new UserException($"{folder} has no codes.safetensors. Data sets of audio files are not read yet: encode the clips to " +
                "codes first (codes int16 [clips, codebooks, frames], row i = line i of metadata.jsonl).");

        var clips = ClipMetadata.Read(metadata);
        var file = SafetensorsFile.Open(codesPath);
        try
        {
            Check(file, metadata, clips.Count);
            return new ClipDataset(folder, clips, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The clips of one split, in the order of their rows.</summary>
    /// <exception cref="UserException">No clip is of that split; the message lists the splits there are.</exception>
    public IReadOnlyList<Clip> InSplit(string split)
    {
        var found = Clips.Where(clip => clip.Split == split).ToList();
        if (found.Count > 0) return found;
        var there = Clips.CountBy(clip => clip.Split).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key} ({pair.Value})");
        throw new UserException($"{Folder} has no split '{split}'; it has {string.Join(", ", there)}.");
    }

    /// <summary>Frames of a clip from its length in seconds; the rest of its row is padding.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="frameRate">Frames a second.</param>
    public int MusicFrames(Clip clip, double frameRate) => (int)Math.Clamp(Math.Round(clip.Seconds * frameRate), 1, Frames);

    /// <summary>A copy of the clip's codes.</summary>
    /// <exception cref="UserException">The codes hold a negative number, or the file was cut or changed since it was opened.</exception>
    public CodeGrid Codes(Clip clip)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)clip.Row, (uint)Clips.Count, nameof(clip));
        var values = new short[Codebooks * Frames];
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        codes.Read(codes.Entry(CodesTensor), (long)clip.Row * bytes.Length, bytes);
        try
        {
            return CodeGrid.FromValues(values, Codebooks, $"{codes.Path}, clip “{clip.Id}” (row {clip.Row})");
        }
        catch (ArgumentException error)
        {
            throw new UserException($"{codes.Path}: row {clip.Row} ('{clip.Id}') holds negative codes: it is damaged; fetch or make the " +
                "data set again.", error);
        }
    }

    public void Dispose() => codes.Dispose();

    private static string MetadataPath(string folder) => Path.Combine(folder, "metadata.jsonl");

    private static void Check(SafetensorsFile file, string metadata, int clips)
    {
        var entry = file.Entry(CodesTensor);
        var fits = entry.Shape is [_, > 0 and <= short.MaxValue, <= int.MaxValue] && entry.Shape[1] * entry.Shape[2] <= Array.MaxLength;
        if (entry.DType != TensorDType.Int16 || !fits)
            throw new UserException($"{file.Path}: '{CodesTensor}' is {entry.Describe()}; I16 [clips, codebooks, frames] is wanted.");
        if (entry.Shape[0] != clips)
            throw new UserException($"{metadata} has {clips} lines, but {file.Path} has {entry.Shape[0]} rows: row i must be line i. " +
                "Fetch or make the data set again.");
        if (clips == 0) throw new UserException($"{metadata} is empty: the data set has no clips.");
    }
}

/// <summary>One clip of a dataset.</summary>
/// <param name="Row">Its line in metadata.jsonl and its row in the codes, from 0.</param>
/// <param name="Id">Its name, unique in the set.</param>
/// <param name="Split">sae-train, select or test: what the clip may be used for.</param>
/// <param name="Caption">A prompt that describes the clip.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Bpm">Beats a minute, where known.</param>
/// <param name="Key">0 = C … 11 = B, where known.</param>
/// <param name="Mode">"major", "minor", …, where known.</param>
public sealed record Clip(int Row, string Id, string Split, string Caption, double Seconds, double? Bpm, int? Key, string? Mode);

/// <summary>Reads metadata.jsonl and checks each line.</summary>
internal static class ClipMetadata
{
    public static List<Clip> Read(string path)
    {
        var clips = new List<Clip>();
        var rowById = new Dictionary<string, int>();
        foreach (var (number, line) in JsonLines.ReadNumbered<Line>(path, tolerateTornEnd: false))
        {
            var row = clips.Count;
            UserException Wrong(string what) => new($"{path} line {number}: {what}.");
            if (number != row + 1) throw Wrong("an empty line stands before it, but line i must be row i of the codes");
            if (string.IsNullOrEmpty(line.Id)) throw Wrong("'id' is missing");
            if (string.IsNullOrEmpty(line.Split)) throw Wrong("'split' is missing (sae-train, select or test)");
            if (line.Caption is null) throw Wrong("'caption' is missing");
            if (line.Seconds is not > 0) throw Wrong("'seconds' is missing or not above 0");
            // JSON has no infinity, but numbers too large for a double become infinite.
            if (!double.IsFinite(line.Seconds.Value)) throw Wrong("'seconds' is larger than any number");
            if (line.Bpm is { } bpm && !(bpm > 0 && double.IsFinite(bpm))) throw Wrong($"'bpm' is {line.Bpm}, not a number above 0");
            if (line.Key is < 0 or > 11) throw Wrong($"'key' is {line.Key}, not 0 (C) … 11 (B)");
            if (!rowById.TryAdd(line.Id, row)) throw Wrong($"'{line.Id}' is already the id of line {rowById[line.Id] + 1}");
            clips.Add(new Clip(row, line.Id, line.Split, line.Caption, line.Seconds.Value, line.Bpm, line.Key, line.Mode));
        }
        return clips;
    }

    private sealed record Line(string? Id, string? Split, string? Caption, double? Seconds, double? Bpm, int? Key, string? Mode);
}
