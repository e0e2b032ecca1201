using SaeDashboard.Core;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Worker.Serving;

/// <summary>Makes takes one after the other. A take continues when the client that requested it disconnects.</summary>
internal sealed class GenerationQueue(string takes, ModelCache cache, TensorThread thread, TimeProvider clock, Action<string> log)
{
    private const int MaxWaiting = 100;

    private readonly Lock gate = new();
    private readonly List<GenerationJob> jobs = [];
    private readonly UnsavedEndings unsaved = new(clock, log);
    private Task running = Task.CompletedTask;
    private bool closed;

    /// <summary>Takes waiting or being made.</summary>
    public int Count
    {
        get { lock (gate) return jobs.Count; }
    }

    /// <summary>In the order in which they are made.</summary>
    public IReadOnlyList<GenerationStatus> List()
    {
        lock (gate) return [.. jobs.Select((job, position) => new GenerationStatus(job.TakeId, job.State, position, job.Done, job.Total, job.Samples))];
    }

    /// <summary>Accepts a take and creates its folder.</summary>
    /// <exception cref="UserException">It cannot be made.</exception>
    public GenerationJob Add(GenerationRequest request)
    {
        TakePlan.Check(request.Settings);
        lock (gate)
        {
            if (closed) throw new UserException("The music worker is stopping: ask again in a moment.");
            if (jobs.Count >= MaxWaiting) throw new UserException($"{MaxWaiting} takes wait already: wait until some are made, or cancel some.");
            var job = new GenerationJob(request.TakeId, request.Settings, TakeWriter.Create(takes, request.TakeId, request.Settings, clock));
            jobs.Add(job);
            job.Publish(new GenerationEvent(GenerationEventType.Queued, Position: jobs.Count - 1));
            if (jobs.Count == 1) running = Task.Run(MakeAll, CancellationToken.None);
            return job;
        }
    }

    /// <summary>Stops a take. False: it is not in the queue.</summary>
    public bool Cancel(string takeId)
    {
        GenerationJob? job;
        lock (gate)
        {
            job = jobs.Find(job => job.TakeId == takeId);
            if (job is null) return false;
            job.Cancel();
            // The one being made ends within a piece of work; one that waits goes at once.
            if (job == jobs[0]) return true;
            jobs.Remove(job);
            PublishPositions();
        }
        Conclude(job, TakeState.Cancelled, null, null);
        job.Publish(new GenerationEvent(GenerationEventType.Cancelled));
        Leave(job);
        return true;
    }

    /// <summary>Turns knobs of the take that is generated. Null: it is not in the queue.</summary>
    /// <exception cref="UserException">They cannot be turned.</exception>
    public async Task<KnobsAnswer?> Turn(string takeId, KnobsRequest request)
    {
        if (Find(takeId) is not { } job) return null;
        var generator = job.Generator ?? throw new UserException("The take still waits for another one, or for its model: its knobs can be turned once it has begun.");
        var answer = await thread.Run(() => generator.Turn(request), CancellationToken.None);
        job.Wake();
        return answer;
    }

    /// <summary>Notes where the listener of a live take is. False: it is not in the queue.</summary>
    public async Task<bool> Hear(string takeId, PlayheadRequest heard)
    {
        if (Find(takeId) is not { } job) return false;
        if (job.Generator is { } generator) await thread.Run(() => generator.Hear(heard), CancellationToken.None);
        job.Wake();
        return true;
    }

    /// <summary>Stops everything; what was made is kept.</summary>
    public async Task CloseAsync()
    {
        Task last;
        lock (gate)
        {
            closed = true;
            foreach (var job in jobs) job.Cancel("The site was stopped while this was being made; what was made until then is here.");
            last = running;
        }
        await last;
        unsaved.Close();
    }

    private GenerationJob? Find(string takeId)
    {
        lock (gate) return jobs.Find(job => job.TakeId == takeId);
    }

    private async Task MakeAll()
    {
        for (var isLast = false; !isLast;)
        {
            GenerationJob job;
            lock (gate) job = jobs[0];
            await Make(job);
            lock (gate)
            {
                jobs.RemoveAt(0);
                PublishPositions();
                // Decided under the lock: a later Add restarts the loop.
                isLast = jobs.Count == 0;
            }
            Leave(job);
        }
    }

    private void PublishPositions()
    {
        for (var position = 0; position < jobs.Count; position++)
        {
            if (jobs[position].State == TakeState.Queued) jobs[position].Publish(new GenerationEvent(GenerationEventType.Queued, Position: position));
        }
    }

    /// <summary>Called after the job left the queue: a client that receives the end must find neither the job queued nor its lock held.</summary>
    private static void Leave(GenerationJob job)
    {
        job.Writer.Dispose();
        job.Close();
    }

    private async Task Make(GenerationJob job)
    {
        TakeGenerator? generator = null;
        try
        {
            job.Cancellation.ThrowIfCancellationRequested();
            job.State = TakeState.Running;
            generator = await thread.Run(() => TakeGenerator.Start(job.Writer, job.Settings, cache, job.Publish, clock, () => Count > 1), job.Cancellation);
            job.Publish(new GenerationEvent(GenerationEventType.Settings, Samples: generator.TotalSamples, Frames: job.Settings.Frames, SampleRate: generator.SampleRate));
            job.Generator = generator;
            while (!await thread.Run(() => generator.IsDone, job.Cancellation))
            {
                var rest = await thread.Run(generator.Work, job.Cancellation);
                if (rest > TimeSpan.Zero) await job.Rest(rest);
            }
            // On the tensor thread: a knob that is turned now comes before or after.
            await thread.Run(() => generator.Complete(clock.GetUtcNow()), job.Cancellation);
            job.Publish(new GenerationEvent(GenerationEventType.Done, OutputSeconds: generator.Output.TotalSeconds));
        }
        catch (OperationCanceledException)
        {
            await EndAsync(job, TakeState.Cancelled, job.StopReason, generator);
            job.Publish(new GenerationEvent(GenerationEventType.Cancelled, Message: job.StopReason));
        }
        catch (UserException problem)
        {
            await EndAsync(job, TakeState.Failed, problem.Message, generator);
            job.Publish(new GenerationEvent(GenerationEventType.Error, Message: problem.Message));
        }
#pragma warning disable CA1031 // One take's bug must not end the others: it is logged, and the take says so.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log($"{job.TakeId}: {error}");
            await EndAsync(job, TakeState.Failed, $"A fault in the program: {error.Message}", generator);
            job.Publish(new GenerationEvent(GenerationEventType.Error, Message: error.Message));
        }
        finally
        {
            job.Generator = null;
            if (generator is not null) await thread.Run(generator.Dispose, CancellationToken.None);
        }
    }

    private async Task EndAsync(GenerationJob job, TakeState state, string? message, TakeGenerator? generator)
    {
        try
        {
            if (generator is not null) await thread.Run(generator.Close, CancellationToken.None);
        }
        catch (UserException error)
        {
            log($"{job.TakeId}: {error.Message}");
        }
        Conclude(job, state, message, generator);
    }

    private void Conclude(GenerationJob job, TakeState state, string? message, TakeGenerator? generator)
    {
        try
        {
            job.Writer.Stop(state, message, generator?.HookCalls ?? 0, clock.GetUtcNow());
        }
        catch (UserException error)
        {
            // The disk is full, say. Without its lock the take counts as interrupted until its end is written.
            log($"{job.TakeId}: {error.Message}");
            unsaved.Add(job.Writer);
        }
    }
}

/// <summary>
/// Takes that ended while nothing could be written, as on a full disk: how each ended is written as soon as there is room. Until then their
/// listeners know it from the last event. From any thread.
/// </summary>
internal sealed class UnsavedEndings(TimeProvider clock, Action<string> log)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly List<TakeWriter> waiting = [];
    private ITimer? timer;

    /// <summary>Adds a take whose end could not be written.</summary>
    public void Add(TakeWriter writer)
    {
        lock (gate)
        {
            waiting.Add(writer);
            timer ??= clock.CreateTimer(_ => Save(), null, Period, Period);
        }
    }

    /// <summary>Tries once more for each.</summary>
    public void Save()
    {
        lock (gate)
        {
            waiting.RemoveAll(TrySave);
            if (waiting.Count > 0) return;
            timer?.Dispose();
            timer = null;
        }
    }

    /// <summary>Tries a last time.</summary>
    public void Close()
    {
        Save();
        lock (gate)
        {
            timer?.Dispose();
            timer = null;
        }
    }

    private bool TrySave(TakeWriter writer)
    {
        try
        {
            writer.SaveEnding();
            return true;
        }
        catch (UserException)
        {
            return false;
        }
#pragma warning disable CA1031 // On a timer's thread anything unforeseen would end the program; one take's note is not worth that.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log($"How a take ended could not be written: {error}");
            return true;
        }
    }
}
