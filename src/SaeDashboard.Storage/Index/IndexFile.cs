using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Index;

/// <summary>
/// <c>dashboard.litedb</c>, which is built from the journal and can be rebuilt. So no fault of the file fails a start or a write: the file is
/// moved aside, or not updated until the next start.
/// </summary>
internal sealed class IndexFile(string path, TimeProvider clock) : IDisposable
{
    // Files moved aside are kept for inspection only: a disk that damages the file at every start must not be filled by copies.
    private const int KeptAside = 3;
    private const string Aside = ".damaged-";

    private LiteIndex? index;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Whether it is open and up to date.</summary>
    public bool IsOpen => index is not null;

    /// <summary>The last write it holds; 0: not open.</summary>
    public long Seq => index?.Seq ?? 0;

    /// <summary>Why it is not open although it should be; null: it is open.</summary>
    public string? Problem { get; private set; }

    /// <summary>Opens it and reads all of it into the tables.</summary>
    /// <param name="tables">Receives the documents; left empty on errors.</param>
    /// <param name="replaceable">Whether there is a journal to rebuild it from. If not, nothing is written before the file has been verified.</param>
    /// <returns>The fault; null: it was read, or does not exist.</returns>
    public string? Open(TableSet tables, bool replaceable)
    {
        if (!File.Exists(path)) return File.Exists(LogOf(path)) ? $"{LogOf(path)} was there without {System.IO.Path.GetFileName(path)}" : null;
        var documents = new List<Change>();
        try
        {
            // LiteDB would create a new database in a file that is shorter than its first page.
            if (!LiteIndex.IsLiteDb(path)) return $"{path} is not a LiteDB file, or its beginning is lost";
            if (!replaceable) LiteIndex.Open(path, tables, _ => { }, readOnly: true).Dispose();
            index = LiteIndex.Open(path, tables, documents.Add);
            tables.Publish(documents);
            return null;
        }
        // On a damaged file LiteDB may throw anything: its own exceptions, index and cast errors, allocations of gigabytes.
        catch (Exception error)
        {
            return $"{path} could not be read through ({Reason(error)})";
        }
    }

    /// <summary>Rebuilds it from the tables. An existing file is moved aside.</summary>
    /// <returns>The new path of the existing file; null: there was none.</returns>
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
            // Closed before it gets its name: then it has no log and is complete.
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

    /// <summary>Applies changes that the journal already holds. If LiteDB fails, the file is not updated until the next start.</summary>
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
            // LiteDB writes its log into its pages on closing; the result is checked at the next start.
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
