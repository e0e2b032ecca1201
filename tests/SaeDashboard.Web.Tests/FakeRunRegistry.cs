using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Tests;

/// <summary>Runs in memory; every look at a folder is counted.</summary>
internal sealed class FakeRunRegistry : IRunRegistry
{
    public int FolderLooks { get; private set; }

    public IReadOnlyList<RunView> Runs { get; set; } = [];

    public event Action<string>? Changed;

    /// <summary>Says that a run changed, as the registry does.</summary>
    public void Announce(string runId) => Changed?.Invoke(runId);

    public RunView? Find(string runId) => Runs.FirstOrDefault(run => run.Id == runId);

    public IReadOnlyList<RunCheckpoint> Checkpoints(string runId) => Looked<IReadOnlyList<RunCheckpoint>>([]);

    public IReadOnlyList<string> LogTail(string runId, int lines) => Looked<IReadOnlyList<string>>([]);

    public bool IsStopping(string runId) => Looked(false);

    public bool IsPausing(string runId) => Looked(false);

    public int? PlaceInQueue(string runId) => null;

    /// <summary>The plans that were started.</summary>
    public List<RunPlan> Started { get; } = [];

    public string Start(RunPlan plan, string name, Actor actor)
    {
        Started.Add(plan);
        return "run-20260101-000000-aaaa";
    }

    public void Resume(string runId, Actor actor) => throw new NotSupportedException();

    public void Cancel(string runId, Actor actor) => throw new NotSupportedException();

    public void Pause(string runId, Actor actor) => throw new NotSupportedException();

    public void Pin(string runId, long checkpoint, bool pinned, Actor actor) => throw new NotSupportedException();

    public void Delete(string runId, Actor actor) => throw new NotSupportedException();

    public void Restore(string runId, Actor actor) => throw new NotSupportedException();

    public void TakeBackRequest(string runId, Actor actor) => throw new NotSupportedException();

    public IReadOnlyList<DeletedRun> Deleted() => Looked<IReadOnlyList<DeletedRun>>([]);

    public void Rename(string runId, string name, Actor actor) => throw new NotSupportedException();

    public void Tag(string runId, IReadOnlyList<string> add, IReadOnlyList<string> remove, Actor actor) => throw new NotSupportedException();

    public void SetNote(string runId, string note, Actor actor) => throw new NotSupportedException();

    public (string Path, bool Exists) Activations(RunPlan plan) => throw new NotSupportedException();

    private T Looked<T>(T answer)
    {
        FolderLooks++;
        return answer;
    }
}
