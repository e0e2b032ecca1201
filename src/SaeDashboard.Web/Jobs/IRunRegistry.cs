using System.Diagnostics.CodeAnalysis;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// Every run under the data folder, and what can be done with one. A singleton; the folder is the truth, this is what was last seen of
/// it (active runs are looked at five times a second). Safe for several threads; <see cref="Runs"/> and <see cref="Find"/> never block.
/// </summary>
public interface IRunRegistry
{
    /// <summary>Newest first.</summary>
    IReadOnlyList<RunView> Runs { get; }

    /// <summary>The run with this id, or null; also null for a text that is not an id.</summary>
    RunView? Find(string runId);

    /// <summary>Something of this run changed: at most five times a second for one run. Raised on a pool thread.</summary>
    event Action<string>? Changed;

    /// <summary>
    /// Writes the run's folder and queues it; returns its id. An empty <see cref="RunPlan.ActivationsPath"/> becomes a place under the
    /// data folder that runs with the same model, data, layer, condition, split and clips share; an empty <see cref="RunPlan.SaePath"/>
    /// a new SAE's.
    /// </summary>
    /// <exception cref="UserException">The plan cannot work on this machine, or the folder cannot be written.</exception>
    string Start(RunPlan plan, string name, Actor actor);

    /// <summary>Queues a run that ended before it was done; it continues where it was. Of several requests at once, one succeeds.</summary>
    /// <exception cref="UserException">There is nothing to resume, or the run is at work or waits.</exception>
    [SuppressMessage("Naming", "CA1716", Justification = "Resume is a keyword of Visual Basic alone, and the word on the button.")]
    void Resume(string runId, Actor actor);

    /// <summary>Asks the worker to stop; it keeps its state. One that does not answer is ended.</summary>
    /// <exception cref="UserException">It neither runs nor waits.</exception>
    void Cancel(string runId, Actor actor);

    /// <summary>Asks the worker to save a checkpoint and end, so that the next job can run; a queued run leaves the queue. Resume continues it.</summary>
    /// <exception cref="UserException">It neither runs nor waits.</exception>
    void Pause(string runId, Actor actor);

    /// <summary>Takes a Cancel or Pause back: the worker that has not seen it works on, and a run that has ended by it is queued again.</summary>
    /// <exception cref="UserException">There is nothing to take back, or the request cannot be removed.</exception>
    void TakeBackRequest(string runId, Actor actor);

    /// <summary>Whether it was asked to stop and has not yet.</summary>
    bool IsStopping(string runId);

    /// <summary>Whether it was asked to pause, and not to stop, and has not yet.</summary>
    bool IsPausing(string runId);

    /// <summary>The states it has saved, newest first.</summary>
    IReadOnlyList<RunCheckpoint> Checkpoints(string runId);

    /// <summary>Keeps one of them, named by its step, whatever comes after it, or lets it go like the others.</summary>
    /// <exception cref="UserException">It is no longer there.</exception>
    void Pin(string runId, long checkpoint, bool pinned, Actor actor);

    /// <summary>Its place among those that wait, from 1; null when it does not wait.</summary>
    int? PlaceInQueue(string runId);

    /// <summary>Moves the folder to <c>runs/.trash</c>; the SAE it made stays. Done whole or not at all.</summary>
    /// <exception cref="UserException">It is at work or waits, it cannot be moved, or that cannot be stored.</exception>
    void Delete(string runId, Actor actor);

    /// <summary>Brings a deleted run back.</summary>
    /// <exception cref="UserException">It was removed meanwhile, its place is taken, or that cannot be stored.</exception>
    void Restore(string runId, Actor actor);

    /// <summary>The deleted runs that <see cref="Restore"/> can bring back, the last deleted first. It lists a folder.</summary>
    IReadOnlyList<DeletedRun> Deleted();

    /// <exception cref="UserException">There is no such run, or the name is empty or too long.</exception>
    void Rename(string runId, string name, Actor actor);

    /// <summary>Adds and removes tags; a tag that it has already is not added again.</summary>
    /// <exception cref="UserException">There is no such run, a tag breaks <see cref="RunTags"/>, or that cannot be stored.</exception>
    void Tag(string runId, IReadOnlyList<string> add, IReadOnlyList<string> remove, Actor actor);

    /// <summary>Sets its note; an empty one removes it.</summary>
    /// <exception cref="UserException">There is no such run, the note breaks <see cref="RunTags"/>, or that cannot be stored.</exception>
    void SetNote(string runId, string note, Actor actor);

    /// <summary>The last lines of its log, oldest first.</summary>
    IReadOnlyList<string> LogTail(string runId, int lines);

    /// <summary>Where <see cref="Start"/> would keep the activations of this plan, and whether they are there to be reused.</summary>
    (string Path, bool Exists) Activations(RunPlan plan);
}

/// <summary>A run as pages show it: the contents of its folder, and what only the site knows.</summary>
/// <param name="Id">Its folder's name: <c>run-…</c>, or as <see cref="RunPlaces"/> says.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Plan">Its settings. Paths are empty for a run that was not planned here.</param>
/// <param name="Status">Its status; <see cref="RunState.Queued"/> before its worker has written anything.</param>
/// <param name="Waiting">Why it waits; null when it does not.</param>
/// <param name="Owner">The name of the one who started it; null when not known.</param>
/// <param name="CreatedUtc">When it was planned.</param>
/// <param name="Latest">The newest value of every metric; null where it was not finite.</param>
/// <param name="SaeReady">Whether the SAE with its index is at <see cref="RunPlan.SaePath"/>.</param>
public sealed record RunView(
    string Id, string Name, RunPlan Plan, RunStatus Status, string? Waiting, string? Owner, DateTimeOffset CreatedUtc,
    IReadOnlyDictionary<string, double?> Latest, bool SaeReady)
{
    /// <summary>What it computes on, or is to: "cpu", "cuda:0".</summary>
    public string Device => Status.Device ?? ComputeNames.Normal(Plan.Device);

    /// <summary>What a run of the command line says it reads and makes; null: it was planned here, or says nothing of it.</summary>
    public CommandLineRun? CommandLine { get; init; }

    /// <summary>What people sort it by, in the order of adding.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What people wrote about it, with line breaks; empty: nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether its SAE exists, with an index or without.</summary>
    public bool SaeMade { get; init; }

    /// <summary>Whether its folder's name can be an address. Otherwise it has no page, and nothing can be done with it here.</summary>
    public bool HasAddress { get; init; } = true;

    /// <summary>Whether anything is known of its settings.</summary>
    public bool HasSettings => IsPlanned || CommandLine is not null || Plan.Train.Named.Any();

    /// <summary>Whether the site planned it, and so can resume it, fork it and begin others with its settings.</summary>
    public bool IsPlanned => Plan.ModelPath.Length > 0;

    /// <summary>The id as part of an address.</summary>
    public string Key => Uri.EscapeDataString(Id);

    /// <summary>The address of its page.</summary>
    public string Href => $"runs/{Key}";

    /// <summary>Whether a worker works on it or it waits for one.</summary>
    public bool Active => Status.State is RunState.Running or RunState.Queued;

    /// <summary>Whether Resume makes sense: it ended before it was done, and its plan is known.</summary>
    public bool CanResume => IsPlanned && Status.State is RunState.Interrupted or RunState.Cancelled or RunState.Paused or RunState.Failed;
}

/// <summary>What a tag and a note may be.</summary>
public static class RunTags
{
    /// <summary>The most tags of a run.</summary>
    public const int Max = 20;

    /// <summary>Characters of the longest tag.</summary>
    public const int MaxLength = 40;

    /// <summary>Characters of the longest note.</summary>
    public const int MaxNote = 2000;

    /// <summary>A tag as it is kept: one line, without spaces around it.</summary>
    /// <exception cref="UserException">It is empty or too long, or has a character that a line must not have.</exception>
    public static string Tag(string? text) => PersonText.Name(text, "The tag", MaxLength);

    /// <summary>A note as it is kept.</summary>
    /// <exception cref="UserException">It is too long, or has a character that text must not have.</exception>
    public static string Note(string? text) => PersonText.Lines(text, "The note", MaxNote);
}

/// <summary>A run in the trash.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What people called it.</param>
/// <param name="DeletedUtc">When it was deleted.</param>
/// <param name="UntilUtc">When it is removed for good, at the next start of the site after that.</param>
public sealed record DeletedRun(string Id, string Name, DateTimeOffset DeletedUtc, DateTimeOffset UntilUtc);
