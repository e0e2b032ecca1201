using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Index;

/// <summary>
/// <c>dashboard.litedb</c> and what may have happened to it. It is made from the journal and can be made again, so nothing that is wrong with
/// it ends a start or a write: it is moved aside, or left behind until the next start.
/// </summary>
internal sealed class IndexFile(string path, TimeProvider clock) : IDisposable
{
    // What is moved aside is for looking at, not needed: a disk that damages the file at every start should not be filled by copies.
    private const int KeptAside = 3;
    private const string Aside = ".damaged-";

    private LiteIndex? index;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Whether it is open: read, made, or brought up to date.</summary>
    public bool IsOpen => index is not null;

    /// <summary>The last write it holds; 0 when it is not open.</summary>
    public long Seq => index?.Seq ?? 0;

    /// <summary>Why it is not open although it should be; null: it is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Opens it and reads it through into the tables.</summary>
    /// <param name="tables">Takes the documents; empty when something is wrong.</param>
    /// <param name="replaceable">Whether there is a journal to make it from again. If not, nothing is written before the file has proved to be this program's.</param>
    /// <returns>What is wrong with it; null: it was read, or there is none.</returns>
    public string? Open(TableSet tables, bool replaceable)
    {
        if (!File.Exists(path)) return File.Exists(LogOf(path)) ? $"{LogOf(path)} was there without {System.IO.Path.GetFileName(path)}" : null;
        var documents = new List<Change>();
        try
        {
            // LiteDB would make a new database of a file that is shorter than its first page.
            if (!LiteIndex.IsLiteDb(path)) return $"{path} is not a LiteDB file, or its beginning is lost";
            if (!replaceable) LiteIndex.Open(path, tables, _ => { }, readOnly: true).Dispose();
            index = LiteIndex.Open(path, tables, documents.Add);
            tables.Publish(documents);
            return null;
        }
        // Whatever a damaged file leads LiteDB to: its own exceptions, indices out of range, casts, arrays of gigabytes.
        catch (Exception error)
        {
            return $"{path} could not be read through ({Reason(error)})";
        }
    }

    /// <summary>Makes it from the tables, in place of what is there, which is moved aside.</summary>
    /// <returns>Where that was moved; null: there was nothing.</returns>
    public string? Rebuild(TableSet tables, long seq)
    {
        Close();
        string? aside = null;
        try
        {
            aside = MoveAside();
            var working = path + ".new";
            File.Delete(working);
            File.Delete(LogOf(working));
            // Closed before it gets its name: then it has no log, and is whole.
            LiteIndex.Create(working, tables, seq).Dispose();
            File.Move(working, path, overwrite: true);
            index = LiteIndex.Open(path, tables, _ => { });
            Problem = null;
        }
        catch (Exception error)
        {
            Fail("could not be made", error);
        }
        return aside;
    }

    /// <summary>Makes changes that the journal holds already. When LiteDB fails the file is left behind until the next start.</summary>
    public void Apply(IEnumerable<Change> changes, long seq)
    {
        if (index is null) return;
        try
        {
            index.Apply(changes, seq);
        }
        catch (Exception error)
        {
            Fail("could not be written", error);
        }
    }

    public void Dispose() => Close();

    /// <summary>LiteDB's log of a file: dashboard-log.litedb.</summary>
    public static string LogOf(string path) => System.IO.Path.Combine(
        System.IO.Path.GetDirectoryName(path)!, System.IO.Path.GetFileNameWithoutExtension(path) + "-log" + System.IO.Path.GetExtension(path));

    private void Fail(string what, Exception error)
    {
        Close();
        Problem = $"{path} {what} ({Reason(error)}). Everything is kept in the journal all the same, and the file is brought up to date at the next start.";
    }

    private void Close()
    {
        try
        {
            index?.Dispose();
        }
        catch (Exception)
        {
            // It writes its log into its pages as it closes; what that leaves is checked at the next start.
        }
        index = null;
    }

    private string? MoveAside()
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        var folder = System.IO.Path.GetDirectoryName(path)!;
        var stamp = clock.GetUtcNow().ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture);
        string? aside = null;
        foreach (var file in new[] { LogOf(path), path }.Where(File.Exists))
        {
            aside = System.IO.Path.Combine(folder, System.IO.Path.GetFileNameWithoutExtension(file) + Aside + stamp + System.IO.Path.GetExtension(file));
            File.Move(file, aside, overwrite: true);
        }
        foreach (var kind in new[] { name, name + "-log" })
        {
            foreach (var old in Directory.EnumerateFiles(folder, $"{kind}{Aside}*").OrderDescending(StringComparer.Ordinal).Skip(KeptAside)) File.Delete(old);
        }
        return aside;
    }

    private static string Reason(Exception error) => error is UserException or InvalidDataException ? error.Message : $"{error.GetType().Name}: {error.Message}";
}
