using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Labelling.Batches;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.ModelLabels;

/// <summary>Runs labelling batches one at a time, in this process: they wait for the network, and need no tensors (decision 0046). The worker decodes the clips.</summary>
public sealed partial class LabelBatchRunner(LabelBatches batches, ICatalog catalog, FeatureCatalog features, ClipLibrary clips, ModelSuggestions suggestions, TimeProvider clock, ILogger<LabelBatchRunner> log) : BackgroundService
{
    // How long a label may wait until it is among the suggestions: each time the SAE's whole file is written.
    private static readonly TimeSpan PublishEvery = TimeSpan.FromSeconds(5);

    private long published;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before anything listens: a page that is opened first shows what there is.
        batches.Load();
        catalog.Changed += Found;
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        catalog.Changed -= Found;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (batches.All.Count > 0) OpenJournal();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Publish(batches.Unpublished());
                // SAEs are not known before the folders were looked through.
                if (catalog.HasLooked && batches.Next() is { } next) await RunAsync(next, stoppingToken);
                else await batches.WaitAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // Left to the host it would end the whole site.
                LogFault(error, "queue");
                await Task.Delay(PublishEvery, clock, stoppingToken);
            }
        }
    }

    // What waits for an SAE: the first look through the folders, or one that was put there.
    private void Found()
    {
        if (batches.Next() is not null || batches.Unpublished().Count > 0) batches.Wake();
    }

    // What a killed process had in flight counts as spent: batches show it.
    private void OpenJournal()
    {
        try
        {
            var journal = batches.Journal();
            foreach (var batch in batches.All) batches.Of(batch.File.SaeHash).First(entry => entry.Id == batch.Id).Rest(journal.SpentBy(batch.Id));
            batches.Show();
        }
        catch (UserException error)
        {
            LogJournal(error.Message);
        }
    }

    private async Task RunAsync(LabelBatchEntry batch, CancellationToken stop)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        batch.Stop = cancel;
        var (state, message) = (BatchState.Done, (string?)null);
        try
        {
            // It may have been cancelled a moment ago.
            if (!batch.Change(file => file with { State = BatchState.Running, Message = null }, view => view.IsOpen))
            {
                batch.Stop = null;
                return;
            }
            batches.Show();
            message = await AskAsync(batch, cancel.Token);
            if (message is not null) state = BatchState.Capped;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            (state, message) = (BatchState.Interrupted, "The site was stopped while it was running.");
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            state = BatchState.Cancelled;
        }
        catch (UserException error)
        {
            (state, message) = (BatchState.Failed, error.Message);
        }
        catch (Exception error)
        {
            (state, message) = (BatchState.Failed, $"A fault of the program ({error.GetType().Name}); the site's log has the details.");
            LogFault(error, batch.Id);
        }
        batch.Stop = null;
        End(batch, state, message);
    }

    private void End(LabelBatchEntry batch, BatchState state, string? message)
    {
        try
        {
            batch.Rest(batches.Journal().SpentBy(batch.Id));
            batch.Change(file => file with { State = state, Message = message });
        }
        catch (UserException error)
        {
            // The disk is full: after a restart it is shown as interrupted.
            batch.ChangeInMemory(file => file with { State = BatchState.Failed, Message = error.Message });
        }
        var ended = batch.View;
        LogEnded(ended.Id, ended.State, ended.Labelled, ended.File.Features.Count);
        Publish([batch]);
        batches.Announce();
    }

    /// <summary>Labels, and tests the labels where the batch asks for it; why the day's cap stopped it, or null.</summary>
    private async Task<string?> AskAsync(LabelBatchEntry batch, CancellationToken stop)
    {
        var file = batch.View.File;
        batches.RequireSame(file);
        var set = catalog.SaeByHash(file.SaeHash) is { } sae ? features.Open(sae.Id) : null;
        if (set is null) throw new UserException("The SAE of this batch is not here, or has no index. Put it into saes/ of the data folder and resume.");
        if (set.DatasetId is not { } dataset || set.Index.Info.DatasetHash != file.DatasetHash) throw new UserException("The SAE's index is of another dataset now, or its dataset is not here: its clips are others. Make a new batch.");
        if (file.Test && set.Detection is null) throw new UserException(LabelBatches.NoDetection);
        var journal = batches.Journal();
        using var connection = batches.Model.Open();
        var options = batches.Model.Options!;
        var excerpts = new IndexExcerpts(set.Index, set.Detection, (row, cancel) => SoundAsync(dataset, row, cancel), options);
        void Note(BatchLine line, bool cached)
        {
            batch.Append(line, cached, journal.SpentBy(batch.Id));
            if (published == 0 || clock.GetElapsedTime(published) > PublishEvery) Publish([batch]);
            batches.Show();
        }

        var labels = new LabelBatch(new LanguageModelLabeller(connection, options, PromptTemplate.Label), journal, excerpts, clock);
        var result = await labels.RunAsync(batch.Id, file.Features, null, label => Note(BatchLine.Of(label, clock.GetUtcNow()), label.Cached), stop);
        var waiting = result.NotAsked.Count;
        if (file.Test && waiting == 0)
        {
            var judge = new JudgeBatch(new LanguageModelJudge(connection, options, PromptTemplate.Judge), journal, excerpts, clock);
            waiting = (await judge.RunAsync(batch.Id, [.. batch.Labels().Select(each => new LabelOfFeature(each.Key, each.Value))], one => Note(BatchLine.Of(one, BatchLineKind.Test, clock.GetUtcNow()), one.Cached), stop)).NotAsked.Count;
            if (waiting == 0)
                waiting = (await judge.RunAsync(batch.Id, JudgeBatch.ForFloor(batch.TestedLabels()), one => Note(BatchLine.Of(one, BatchLineKind.Floor, clock.GetUtcNow()), one.Cached), stop)).NotAsked.Count;
        }
        return waiting == 0 ? null : FormattableString.Invariant($"The day's cap of ${options.DailyCap:0.00##} is reached. It continues by itself after midnight UTC; with a higher {LabellingOptions.Section}:{nameof(LabellingOptions.DailyCap)} it can be resumed at once.");
    }

    private async Task<Waveform> SoundAsync(string dataset, int row, CancellationToken stop)
    {
        using var sound = await clips.SoundAsync(dataset, row, stop) ?? throw new UserException($"Clip {row} is not in the dataset.");
        return WavFile.Read(sound.File.Name, sound.File);
    }

    private void Publish(IReadOnlyList<LabelBatchEntry> changed)
    {
        foreach (var hash in changed.Where(batch => batch.IsUnpublished).Select(batch => batch.View.File.SaeHash).Distinct().ToArray())
        {
            // Its features are not known: it is tried again when the SAE is there.
            if (catalog.SaeByHash(hash) is not { } sae) continue;
            var all = batches.Of(hash);
            foreach (var batch in all) batch.IsUnpublished = false;
            try
            {
                if (features.Open(sae.Id) is { } set) suggestions.Write(set.Index.Info, all);
            }
            catch (UserException error)
            {
                LogSuggestions(error.Message);
            }
        }
        published = clock.GetTimestamp();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The labelling batch {Batch} failed")]
    private partial void LogFault(Exception error, string batch);

    [LoggerMessage(Level = LogLevel.Information, Message = "The labelling batch {Batch} is {State}: {Labels} of {Features} features have a label")]
    private partial void LogEnded(string batch, BatchState state, int labels, int features);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal of the labelling batches cannot be read: {Reason}")]
    private partial void LogJournal(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Suggestions of a labelling batch cannot be written: {Reason}")]
    private partial void LogSuggestions(string reason);
}
