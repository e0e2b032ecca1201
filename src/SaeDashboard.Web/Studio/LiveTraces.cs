using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Studio;

/// <summary>How active a take's steered features are, column by column: of a take that is being made as far as the worker has said, of one that is over from its file.</summary>
public sealed class LiveTraces(ILiveWorker worker) : IHostedService
{
    /// <summary>Takes that are followed at once; the worker makes one at a time.</summary>
    private const int MostTakes = 16;

    // The longest take has 30,000 columns.
    private const int MostColumns = PresetLimits.MaxFrames;

    private readonly ConcurrentDictionary<string, Growing> takes = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        worker.Happened += Heard;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        worker.Happened -= Heard;
        return Task.CompletedTask;
    }

    /// <summary>The trace of a strip in an arm; null: there is none.</summary>
    /// <param name="folder">The take.</param>
    /// <param name="arm">Its arm.</param>
    /// <param name="strip">Which of its steers, counted from 0.</param>
    /// <param name="from">The first column wanted.</param>
    /// <exception cref="UserException">The file cannot be read.</exception>
    public StripTrace? Of(TakeFolder folder, string arm, int strip, int from = 0)
    {
        if (takes.TryGetValue(folder.Id, out var growing) && growing.Of(arm, strip, from) is { } soFar) return soFar;
        if (!File.Exists(folder.TracesPath(arm))) return null;
        var traces = JsonFile.Read<TakeTraces>(folder.TracesPath(arm));
        return traces is { Before: { } before, After: { } after } && (uint)strip < (uint)Math.Min(before.Count, after.Count) ? new StripTrace(from, [.. before[strip].Skip(from)], [.. after[strip].Skip(from)]) : null;
    }

    private void Heard(string takeId, GenerationEvent happened)
    {
        if (!happened.IsProgress)
        {
            // The worker writes the file before it says so.
            takes.TryRemove(takeId, out _);
            return;
        }
        if (happened is not { Type: GenerationEventType.Trace, Arm: { } arm, Trace: { } trace }) return;
        if (!takes.ContainsKey(takeId) && takes.Count >= MostTakes) return;
        takes.GetOrAdd(takeId, _ => new Growing()).Add(arm, trace);
    }

    /// <summary>The traces of a take so far.</summary>
    private sealed class Growing
    {
        private readonly Lock gate = new();
        private readonly Dictionary<string, (List<float> Before, List<float> After)[]> arms = [];

        public void Add(string arm, FeatureTrace trace)
        {
            lock (gate)
            {
                if (!arms.TryGetValue(arm, out var strips)) arms[arm] = strips = [.. trace.Before.Select(_ => (new List<float>(), new List<float>()))];
                var columns = Math.Min(trace.Columns, MostColumns - trace.Column);
                for (var strip = 0; strip < Math.Min(strips.Length, trace.After.Count); strip++)
                {
                    Put(strips[strip].Before, trace.Column, columns, trace.Before[strip]);
                    Put(strips[strip].After, trace.Column, columns, trace.After[strip]);
                }
            }
        }

        public StripTrace? Of(string arm, int strip, int from)
        {
            lock (gate) return arms.TryGetValue(arm, out var strips) && (uint)strip < (uint)strips.Length ? new StripTrace(from, [.. strips[strip].Before.Skip(from)], [.. strips[strip].After.Skip(from)]) : null;
        }

        // After a turned knob the columns from there on come again: what was said of them is obsolete.
        private static void Put(List<float> values, int column, int columns, float value)
        {
            if (values.Count > column) values.RemoveRange(column, values.Count - column);
            while (values.Count < column) values.Add(0);
            for (var i = 0; i < columns; i++) values.Add(value);
        }
    }
}

/// <summary>How active a steered feature was, in units of the latent, by column.</summary>
/// <param name="From">The first column of both.</param>
/// <param name="Before">Before the edit at that column.</param>
/// <param name="After">After it, encoded again.</param>
public sealed record StripTrace(int From, IReadOnlyList<float> Before, IReadOnlyList<float> After);
