using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.Worker.Serving;

/// <summary>One arm's codes on their way to its WAV file. Tensor thread only.</summary>
/// <param name="plan">The arm.</param>
/// <param name="row">Its row of the run.</param>
/// <param name="run">The run, owned by the caller.</param>
/// <param name="decoders">One for each channel, owned by this.</param>
internal sealed class TakeArmSound(PlannedArm plan, int row, GenerationRun run, IReadOnlyList<StreamingDecoder> decoders) : IDisposable
{
    private int traced;

    public PlannedArm Plan => plan;

    public int Row => row;

    public string Letter => plan.Letter;

    /// <summary>Frames that were given to the codec.</summary>
    public int Fed { get; private set; }

    /// <summary>Samples in its file.</summary>
    public long Samples => decoders[0].Samples;

    /// <summary>How it ended before the others; null: it continues.</summary>
    public TakeArmEnd? End { get; private set; }

    /// <summary>Its codes; those of an arm that ended early are fewer.</summary>
    public CodeGrid Codes => End is null ? run.Codes[row] : run.Codes[row].Slice(0, Fed);

    /// <summary>Whether the codec has every frame that it will get.</summary>
    public bool IsFed => Fed == Limit;

    private int Limit => End is { } end ? Math.Max(Fed, Math.Min(run.FinalFrames, run.FramesBefore(end.Column))) : run.FinalFrames;

    /// <summary>Whether the arm has just ended.</summary>
    public bool Look()
    {
        if (End is not null) return false;
        var (column, why) = run.EndedAt(row) is { } broken ? (broken, "the model's output is not finite") : (plan.Watch.Column, plan.Watch.Why);
        if (column is not { } at) return false;
        End = new TakeArmEnd(at, Samples, $"The arm {Letter} ({TakeArms.Word(Letter)}) ended at column {at}: {why}. Steering this strong breaks the model: lower the strength. Its sound until then is kept.");
        return true;
    }

    /// <summary>Decodes the frames that became final and appends their samples.</summary>
    public void Feed(TakeWriter writer)
    {
        var limit = Limit;
        if (limit <= Fed) return;
        writer.Append(Letter, Decode(run.Codes[row], limit));
        Fed = limit;
    }

    /// <summary>Decodes what was held back of an arm that ended early.</summary>
    public void Finish(TakeWriter writer)
    {
        Feed(writer);
        if (End is null || Fed == 0) return;
        writer.Append(Letter, Decode(Codes, Fed));
        End = End with { Samples = Samples };
    }

    /// <summary>Takes back everything that depends on a column or on later ones.</summary>
    /// <returns>The first sample that is obsolete.</returns>
    public long Rewind(int column, TakeWriter writer)
    {
        var frame = run.FramesBefore(column);
        if (End is { } end && end.Column >= column) End = null;
        plan.Watch.Rewind(column);
        plan.Trace?.Rewind(column);
        traced = Math.Min(traced, column);
        if (Fed <= frame) return Samples;
        // All channels are decoded in the same blocks.
        var sample = decoders.Select(decoder => decoder.Rewind(frame)).ToArray()[0];
        writer.Rewind(Letter, sample);
        Fed = frame;
        return sample;
    }

    /// <summary>What was measured since the last call; null: nothing.</summary>
    public FeatureTrace? NewTrace()
    {
        if (plan.Trace is not { } trace || trace.Columns <= traced) return null;
        var since = trace.Since(traced);
        traced = trace.Columns;
        return since;
    }

    public void Dispose()
    {
        foreach (var decoder in decoders) decoder.Dispose();
    }

    private float[][] Decode(CodeGrid codes, int final) => [.. decoders.Select(decoder => decoder.Decode(codes, final))];
}
