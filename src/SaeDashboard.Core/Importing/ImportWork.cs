using System.Runtime.InteropServices;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Importing;

/// <summary>A clip of a file that was encoded.</summary>
/// <param name="Start">Where it begins in the file (s).</param>
/// <param name="Seconds">Its length (s): whole frames.</param>
/// <param name="LevelDb">The level of the samples that were encoded: their root mean square, in dB of full scale; −120 for silence.</param>
public sealed record ImportedPiece(double Start, double Seconds, double LevelDb);

/// <summary>A file that is done: encoded, or refused.</summary>
/// <param name="File">Its path, relative to the folder.</param>
/// <param name="Bytes">Its length when it was read.</param>
/// <param name="ModifiedUtc">When it was last written.</param>
/// <param name="Row">The row of its first clip in the codes so far.</param>
/// <param name="Pieces">Its clips; empty when it was refused.</param>
/// <param name="SoundSeconds">The length of its sound (s).</param>
/// <param name="LeftOutSeconds">How much of its end is in no clip (s).</param>
/// <param name="Reason">Why it was refused; null: it was not.</param>
/// <param name="Detail">What is wrong with it, or what ffmpeg reported; null: nothing.</param>
public sealed record ImportedFile(
    string File, long Bytes, DateTime ModifiedUtc, int Row, IReadOnlyList<ImportedPiece> Pieces, double SoundSeconds, double LeftOutSeconds, ImportRefusalReason? Reason, string? Detail);

/// <summary>What the codes depend on: an import that continues with other values starts over.</summary>
/// <param name="Id">Identifies the import; kept from the first attempt.</param>
/// <param name="Folder">The folder with the sounds.</param>
/// <param name="CodecHash">The codec.</param>
/// <param name="Channels">Channels of the model.</param>
/// <param name="Codebooks">Codebooks of a row.</param>
/// <param name="Frames">Frames of a row.</param>
/// <param name="MinFrames">Frames of the shortest clip.</param>
public sealed record ImportBasis(string Id, string Folder, string CodecHash, int Channels, int Codebooks, int Frames, int MinFrames);

/// <summary>
/// The state of an import between its first file and the finished dataset, in a folder of its own: basis.json, codes.bin (rows of int16 codes, one
/// after the other) and done.jsonl (a line for every file that is done). Codes are flushed before the line that refers to them, so that a process
/// that is killed anywhere leaves at most codes that no line refers to. One process at a time.
/// </summary>
public sealed class ImportWork : IDisposable
{
    private const string BasisName = "basis.json", CodesName = "codes.bin", DoneName = "done.jsonl", LockName = "lock";

    private readonly FileLock gate;
    private readonly FileStream codes;
    private readonly JsonLinesWriter journal;
    private readonly Dictionary<string, ImportedFile> done = new(StringComparer.Ordinal);
    private readonly int rowBytes;
    private int rows;

    private ImportWork(string folder, ImportBasis basis, FileLock gate)
    {
        (Folder, Basis, this.gate) = (folder, basis, gate);
        rowBytes = checked(basis.Codebooks * basis.Frames * sizeof(short));
        codes = RegularFile.OpenOrCreate(Path.Combine(folder, CodesName));
        try
        {
            rows = checked((int)(codes.Length / rowBytes));
            var path = Path.Combine(folder, DoneName);
            journal = new JsonLinesWriter(path);
            // A power cut may have kept a line and lost its codes.
            foreach (var file in JsonLines.Read<ImportedFile>(path, tolerateTornEnd: true).Where(file => file.Row + file.Pieces.Count <= rows)) done[file.File] = file;
            codes.SetLength((long)rows * rowBytes);
        }
        catch
        {
            journal?.Dispose();
            codes.Dispose();
            throw;
        }
    }

    public string Folder { get; }

    public ImportBasis Basis { get; }

    /// <summary>Whether an earlier attempt had done some files.</summary>
    public bool Continues => done.Count > 0;

    /// <summary>Opens the folder of an import, to continue it if it was begun on the same basis, and otherwise to begin it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="basis">What the codes depend on. Its id is replaced by that of the import that continues.</param>
    /// <exception cref="UserException">Another process works in it, or it cannot be written.</exception>
    public static ImportWork Open(string folder, ImportBasis basis)
    {
        FileLock? gate = null;
        try
        {
            Directory.CreateDirectory(folder);
            gate = FileLock.TryAcquire(Path.Combine(folder, LockName), TimeSpan.FromSeconds(1)) ?? throw new UserException($"{folder} is in use: another process works on this import. Wait for it or end it.");
            var earlier = ReadBasis(folder);
            if (earlier is not null && earlier == basis with { Id = earlier.Id }) return new ImportWork(folder, earlier, gate);
            File.Delete(Path.Combine(folder, BasisName));
            File.Delete(Path.Combine(folder, DoneName));
            File.Delete(Path.Combine(folder, CodesName));
            AtomicFile.WriteJson(Path.Combine(folder, BasisName), basis);
            return new ImportWork(folder, basis, gate);
        }
        catch (Exception error)
        {
            gate?.Dispose();
            if (error is IOException or UnauthorizedAccessException) throw AtomicFile.CannotWrite(folder, error);
            throw;
        }
    }

    /// <summary>The id of the import that a folder belongs to; null: of none.</summary>
    public static string? IdOf(string folder) => ReadBasis(folder)?.Id;

    /// <summary>What is known of a file that is as it was when it was read; null: it is still to do.</summary>
    public ImportedFile? Find(ImportItem item) => done.GetValueOrDefault(item.File) is { } file && file.Bytes == item.Bytes && file.ModifiedUtc == item.ModifiedUtc ? file : null;

    /// <summary>Keeps a file with the codes of its clips.</summary>
    /// <param name="file">The file; its row is set here.</param>
    /// <param name="values">Codes <c>[clips, codebooks, frames]</c>.</param>
    /// <exception cref="UserException">They cannot be written.</exception>
    public void Add(ImportedFile file, IReadOnlyList<short[]> values)
    {
        if (values.Count != file.Pieces.Count || values.Any(row => row.Length * sizeof(short) != rowBytes)) throw new ArgumentException("One row of codes for each clip.", nameof(values));
        try
        {
            codes.Position = (long)rows * rowBytes;
            foreach (var row in values) codes.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            if (values.Count > 0) codes.Flush(flushToDisk: true);
        }
        catch (IOException error)
        {
            throw AtomicFile.CannotWrite(codes.Name, error);
        }
        file = file with { Row = rows };
        journal.Append(file);
        journal.Flush();
        rows += values.Count;
        done[file.File] = file;
    }

    /// <summary>Adds the rows of some files to a safetensors file, in their order: <c>codes</c> int16 [clips, codebooks, frames].</summary>
    public void AddCodes(SafetensorsWriter writer, IReadOnlyList<ImportedFile> files) => writer.AddStreamed(
        "codes", TensorDType.Int16, stream =>
        {
            var row = new byte[rowBytes];
            foreach (var at in files.SelectMany(file => Enumerable.Range(file.Row, file.Pieces.Count)))
            {
                codes.Position = (long)at * rowBytes;
                codes.ReadExactly(row);
                stream.Write(row);
            }
        }, files.Sum(file => file.Pieces.Count), Basis.Codebooks, Basis.Frames);

    /// <summary>Removes the folder: the dataset is in its place.</summary>
    public void Delete()
    {
        Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    public void Dispose()
    {
        codes.Dispose();
        journal.Dispose();
        gate.Dispose();
    }

    private static ImportBasis? ReadBasis(string folder)
    {
        var path = Path.Combine(folder, BasisName);
        return FileLook.At(path) is null ? null : JsonFile.Read<ImportBasis>(path);
    }
}
