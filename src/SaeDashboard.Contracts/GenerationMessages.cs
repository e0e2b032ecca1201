using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>What can happen to a generation.</summary>
public enum GenerationEventType
{
    /// <summary>It waits: it has a position.</summary>
    Queued,

    /// <summary>It begins: samples, frames and sample rate are known.</summary>
    Settings,

    /// <summary>More of it is made: columns done and in all, samples that can be read.</summary>
    Columns,

    /// <summary>A knob was turned: the moved arms are generated again from a sample on, under the next revision number.</summary>
    Revision,

    /// <summary>How active the steered features of an arm were in some columns.</summary>
    Trace,

    /// <summary>An arm ended before the others: the message says why. The others continue.</summary>
    Arm,

    Done,

    Cancelled,

    /// <summary>It failed: the message says why.</summary>
    Error,
}

/// <summary>What <c>POST /v1/generations</c> is asked.</summary>
/// <param name="TakeId">The take's id; its folder must not exist yet.</param>
/// <param name="Settings">What to make.</param>
public sealed record GenerationRequest(string TakeId, TakeSettings Settings);

/// <summary>A generation in the worker's queue: an item of what <c>GET /v1/generations</c> answers.</summary>
/// <param name="TakeId">The take's id.</param>
/// <param name="State">queued or running.</param>
/// <param name="Position">Generations before it.</param>
/// <param name="Done">Columns computed.</param>
/// <param name="Total">Columns in all.</param>
/// <param name="Samples">Samples of each arm that can be read.</param>
public sealed record GenerationStatus(string TakeId, TakeState State, int Position, int Done, int Total, long Samples);

/// <summary>A line of the answer to <c>POST /v1/generations</c>. Which members it has depends on <paramref name="Type"/>.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Position">Generations before this one.</param>
/// <param name="Samples">Samples of each arm: in all (settings), or that can be read now (columns).</param>
/// <param name="Frames">Codec frames in all.</param>
/// <param name="SampleRate">Hz.</param>
/// <param name="Done">Columns computed.</param>
/// <param name="Total">Columns in all.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Arm">The arm it is about: of a trace, and of an arm that ended.</param>
/// <param name="Revision">The revision that begins.</param>
/// <param name="FromSample">The first sample of the moved arms that is obsolete, and written again.</param>
/// <param name="Column">The column at which a revision begins, or an arm ended.</param>
/// <param name="Trace">What was measured.</param>
/// <param name="OutputSeconds">Of a take that is done: how long its generation was busy with giving out what it had made, to the files and to those who
/// follow it. It waits for none of them.</param>
public sealed record GenerationEvent(
    GenerationEventType Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Position = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Samples = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Frames = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? SampleRate = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Done = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Total = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Arm = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Revision = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? FromSample = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Column = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FeatureTrace? Trace = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? OutputSeconds = null)
{
    /// <summary>Whether more is to come; otherwise the take is over.</summary>
    [JsonIgnore]
    public bool IsProgress => Type is not (GenerationEventType.Done or GenerationEventType.Cancelled or GenerationEventType.Error);
}

/// <summary>
/// How active the steered features were in consecutive columns of an arm, in the half that is steered (the conditional one, where both are).
/// Each number is the largest of the columns, in units of the latent, and there is one for each strip.
/// </summary>
/// <param name="Column">The first column.</param>
/// <param name="Columns">How many.</param>
/// <param name="Before">Before the edit at that column. Earlier columns' edits are in it.</param>
/// <param name="After">After it, encoded again: what the SAE reads there now.</param>
public sealed record FeatureTrace(int Column, int Columns, IReadOnlyList<float> Before, IReadOnlyList<float> After);

/// <summary>What <c>PATCH /v1/generations/{id}/knobs</c> is asked: to turn knobs of a live take.</summary>
/// <param name="FromColumn">The column from which they act: the playhead's and the pre-roll. The columns from there on are generated
/// again.</param>
/// <param name="Knobs">The knobs.</param>
/// <param name="Arm">Whose knobs; null: the steered arm's, which are the only ones. The reversed arm follows them.</param>
/// <param name="Playhead">The sample that is heard now; null: not said.</param>
public sealed record KnobsRequest(int FromColumn, IReadOnlyList<Knob> Knobs, string? Arm = null, long? Playhead = null);

/// <summary>A knob's new position.</summary>
/// <param name="Strip">Which steer of the take, counted from 0.</param>
/// <param name="Strength">In multiples of p99 (a factor for scaling).</param>
/// <param name="Muted">True: it changes nothing.</param>
public sealed record Knob(int Strip, double Strength, bool Muted = false);

/// <summary>What a turned knob did.</summary>
/// <param name="Revision">The number of the revision that has begun; unchanged where nothing that was generated is obsolete.</param>
/// <param name="FromColumn">The column from which the knobs act.</param>
/// <param name="FromSample">The first sample that is obsolete; equal to the samples there are where none is.</param>
public sealed record KnobsAnswer(int Revision, int FromColumn, long FromSample);

/// <summary>What <c>POST /v1/generations/{id}/playhead</c> is asked: to know how far the listener is.</summary>
/// <param name="Sample">The sample that is heard now.</param>
/// <param name="Playing">Whether the sound plays, so that the place moves on by itself.</param>
public sealed record PlayheadRequest(long Sample, bool Playing = true);

/// <summary>A take's file <c>traces.C.json</c>: how active the steered features were in every column of an arm, as <see cref="FeatureTrace"/> says.</summary>
/// <param name="Before">By strip, then by column from 0.</param>
/// <param name="After">By strip, then by column from 0.</param>
public sealed record TakeTraces(IReadOnlyList<IReadOnlyList<float>> Before, IReadOnlyList<IReadOnlyList<float>> After);
