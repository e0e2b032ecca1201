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

    /// <exception cref="UserException">There is no such run, or the name is empty or too long.</exception>
    void Rename(string runId, string name, Actor actor);

    /// <summary>The last lines of its log, oldest first.</summary>
    IReadOnlyList<string> LogTail(string runId, int lines);

    /// <summary>Where <see cref="Start"/> would keep the activations of this plan, and whether they are there to be reused.</summary>
    (string Path, bool Exists) Activations(RunPlan plan);
}
