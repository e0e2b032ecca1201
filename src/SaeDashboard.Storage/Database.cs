using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Storage.Index;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage;

/// <summary>
/// What people write. A write is a line of the journal first, brought to the disk; then it goes into LiteDB, becomes visible and is
/// acknowledged. Everything is in memory as well: reading asks neither the disk nor LiteDB. One process has it open. Safe to use from any
/// thread; writing takes as long as the disk's fsync(2), which those who write at once share.
/// </summary>
public sealed class Database : IDisposable
{
    internal const string LockName = "dashboard.lock", JournalName = "journal", IndexName = "dashboard.litedb";

    // What earlier versions of this program kept everything in.
    private const string EarlierName = "dashboard.db";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly FileLock single;
    private readonly Journal journal;
    private readonly IndexFile index;
    private readonly Writer writer;
    private readonly IReadOnlyList<string> opening;

    private Database(string folder, FileLock single, OpenedStorage opened, TimeProvider clock)
    {
        Folder = folder;
        this.single = single;
        (journal, index, opening) = (opened.Journal, opened.Index, opened.Notices);
        (Tables, Audit) = (opened.Tables, opened.Audit);
        writer = new Writer(Tables, journal, index, Audit, clock);
    }

    /// <summary>The folder it is in, absolute.</summary>
    public string Folder { get; }

    /// <summary>What a person should know: what was repaired when it was opened, and what is wrong now. Empty: all is well.</summary>
    public IReadOnlyList<string> Notices => index.Problem is { } problem ? [.. opening, problem] : opening;

    /// <summary>The number of the last write.</summary>
    public long LastSeq => journal.LastSeq;

    /// <summary>Calls of fsync(2) on the journal since it was opened.</summary>
    public long Syncs => journal.Syncs;

    /// <summary>Eight hexadecimal digits that identify this data folder, also in exported files.</summary>
    internal string Site => journal.Site;

    internal TableSet Tables { get; }

    internal AuditBook Audit { get; }

    /// <summary>Opens what is kept in a folder; begins with nothing when there is nothing.</summary>
    /// <param name="folder">The data folder; it exists.</param>
    /// <param name="clock">The clock; the system's when null.</param>
    /// <exception cref="UserException">It is open in another process, a newer or a much older program has written it, or it cannot be read or written.</exception>
    public static Database Open(string folder, TimeProvider? clock = null) => Open(folder, clock ?? TimeProvider.System, path => new JournalFile(path));

    internal static Database Open(string folder, TimeProvider clock, Func<string, JournalFile> openFile)
    {
        folder = Path.GetFullPath(folder);
        RefuseEarlier(folder);
        FileLock? single = null;
        try
        {
            // A site that was just killed gives its lock back a moment later.
            single = FileLock.TryAcquire(Path.Combine(folder, LockName), Patience)
                ?? throw new UserException($"{folder} is open in another SaeDashboard: two sites cannot share a data folder. End the other one, or start with --data and another folder.");
            var opened = StorageOpener.Open(Path.Combine(folder, JournalName), Path.Combine(folder, IndexName), clock, openFile);
            return new Database(folder, single, opened, clock);
        }
        catch (Exception error) when (Cause(error) is { } cause)
        {
            single?.Dispose();
            throw new UserException($"{folder} could not be opened: {cause.Message} Give this user the right to write there, or start with --data and another folder.", error);
        }
        catch
        {
            single?.Dispose();
            throw;
        }
    }

    /// <summary>Whether something can be written now: for health checks. Writes a small file and removes it.</summary>
    /// <exception cref="UserException">Nothing can; the message says why.</exception>
    public void Check()
    {
        var probe = Path.Combine(Path.GetDirectoryName(journal.Path)!, $".write-{Environment.ProcessId}");
        try
        {
            using (var handle = File.OpenHandle(probe, FileMode.Create, FileAccess.Write))
            {
                // As much as a label takes, and a page of the disk.
                RandomAccess.Write(handle, new byte[4096], 0);
                RandomAccess.FlushToDisk(handle);
            }
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(probe);
            throw StorageError.CannotWrite(journal.Path, error);
        }
    }

    /// <summary>Copies the journal, from which everything is made again, into a new folder that can be opened as a data folder.</summary>
    /// <param name="folder">The new folder; it appears whole or not at all.</param>
    /// <exception cref="UserException">The folder exists, or cannot be written.</exception>
    public void Backup(string folder)
    {
        using var copy = AtomicFolder.Create(folder);
        var target = Directory.CreateDirectory(Path.Combine(copy.WorkPath, JournalName)).FullName;
        try
        {
            writer.Between(() =>
            {
                foreach (var file in JournalReader.Files(Path.GetDirectoryName(journal.Path)!)) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageError.CannotWrite(folder, error);
        }
        copy.Commit();
    }

    /// <summary>Waits for the write that is under way and closes the files.</summary>
    public void Dispose()
    {
        writer.Close();
        index.Dispose();
        journal.Dispose();
        single.Dispose();
    }

    /// <summary>One write: everything in it, or nothing.</summary>
    /// <param name="actor">Who writes.</param>
    /// <param name="action">What is done, as the audit says it: "label.add".</param>
    /// <param name="subject">What it is done to.</param>
    /// <param name="work">The changes.</param>
    /// <param name="always">Whether it gets an entry even without changes, for actions outside the tables.</param>
    internal T Write<T>(Actor actor, string action, string subject, Func<WriteScope, T> work, bool always = false)
    {
        T result = default!;
        writer.Run(new WriteRequest(actor, action, subject, always, scope => result = work(scope)));
        return result;
    }

    internal void Write(Actor actor, string action, string subject, Action<WriteScope> work) =>
        writer.Run(new WriteRequest(actor, action, subject, Always: false, work));

    /// <summary>Changes one document, which must be there.</summary>
    /// <param name="actor">Who writes.</param>
    /// <param name="action">What is done, as the audit says it.</param>
    /// <param name="what">What the document is, for the message: "take".</param>
    /// <param name="table">Where it is.</param>
    /// <param name="id">Its id.</param>
    /// <param name="change">The new document; null: it may not be changed so (it was deleted meanwhile).</param>
    /// <param name="detail">What the audit keeps of it.</param>
    internal void Change<T>(Actor actor, string action, string what, Table<T> table, string id, Func<T, DateTimeOffset, T?> change, object? detail = null) where T : class, IDocument =>
        Write(actor, action, id, scope =>
        {
            scope.Detail = detail;
            scope.Put(table, (scope.Find(table, id) is { } before ? change(before, scope.Now) : null)
                ?? throw new UserException($"There is no {what} {id}: it was deleted meanwhile. Open the list again."));
        });

    internal static void RefuseEarlier(string folder)
    {
        var path = Path.Combine(folder, EarlierName);
        if (!File.Exists(path)) return;
        throw new UserException($"{path} is the database of an earlier version, which this one cannot read; it was left as it is. Move it to another folder and start again; " +
            "docs/upgrading.md says how its labels, ratings and presets come over. Or start with --data and another folder.");
    }

    /// <summary>What the disk or the rights say, also when the helper that opens files has put it into its own message.</summary>
    private static Exception? Cause(Exception error) => error switch
    {
        IOException or UnauthorizedAccessException => error,
        UserException { InnerException: IOException or UnauthorizedAccessException } => error.InnerException,
        _ => null,
    };

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What could not be written can perhaps not be removed either.
        }
    }
}
