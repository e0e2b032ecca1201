using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.Worker.Serving;

/// <summary>
/// The knobs of a live take: how far ahead of its listener it goes, and what a turned knob takes back. The whole run is rewound, since the arms are
/// rows of one batch; but only the moved arms' sound is written again. The others' codes must come out as they were, which is verified. Tensor
/// thread only.
/// </summary>
internal sealed class LiveKnobs(
    TakeSettings settings, GenerationRun run, IReadOnlyList<TakeArmSound> arms, AudioCodec codec, TakeWriter writer, TimeProvider clock, Func<bool> othersWait)
{
    // What a rewind can reach: further back than any listener's lead.
    private const double KeptSeconds = 12;

    // The beginning of a window takes longer than the lead lasts, so it is computed that much earlier.
    private const double WindowSeconds = 1;
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan SavePeriod = TimeSpan.FromSeconds(0.5);

    private readonly TakeLive live = settings.Live!;

    // Columns of a continued sound are computed at once, and every arm sounds the same there.
    private readonly int given = settings.Continue?.CountFrames() ?? 0;
    private readonly Dictionary<int, CodeGrid> fixedCodes = [];
    private IReadOnlyList<KnobMove> moves = settings.Moves ?? [];
    private long playhead;
    private bool isPlaying;
    private bool isHeard;
    private long wordAt = clock.GetTimestamp();
    private long pausedAt = clock.GetTimestamp();
    private long savedAt = clock.GetTimestamp();
    private bool unsaved;
    private int verifiedTo;

    /// <summary>Frames that can be generated again.</summary>
    public static int KeptFrames(double frameRate) => (int)Math.Ceiling(KeptSeconds * frameRate);

    /// <summary>How long the work should rest: the sound is as far ahead of the listener as it may be. 0: not at all.</summary>
    /// <param name="samples">Samples that are there.</param>
    public TimeSpan Rest(long samples)
    {
        Save(now: false);
        if (run.Head <= given) return TimeSpan.Zero;
        var since = clock.GetElapsedTime(wordAt);
        if (since.TotalSeconds >= live.WaitSeconds) return TimeSpan.Zero;
        // A listener who has stopped the sound does not hold up the takes behind this one.
        if (!isPlaying && clock.GetElapsedTime(pausedAt).TotalSeconds >= live.WaitSeconds && othersWait()) return TimeSpan.Zero;
        // Between two reports the listener hears more.
        var heard = playhead + (isPlaying ? since.TotalSeconds * codec.SampleRate : 0);
        var lead = live.LeadSeconds + (run.UntilWindow <= WindowSeconds * codec.FrameRate ? WindowSeconds : 0);
        return samples + (long)live.Block * codec.HopLength <= heard + lead * codec.SampleRate || samples == 0 ? TimeSpan.Zero : Nap;
    }

    /// <summary>Notes where the listener is.</summary>
    public void Hear(PlayheadRequest heard)
    {
        if (isPlaying && !heard.Playing) pausedAt = clock.GetTimestamp();
        (playhead, isPlaying, isHeard, wordAt) = (Math.Max(0, heard.Sample), heard.Playing, true, clock.GetTimestamp());
    }

    /// <summary>Turns knobs from a column on; of a sound that is continued, from its end on at the earliest.</summary>
    /// <exception cref="UserException">They cannot be turned there; nothing has changed.</exception>
    public KnobsAnswer Turn(KnobsRequest request)
    {
        if (request.Playhead is { } sample) Hear(new PlayheadRequest(sample));
        var column = request.FromColumn < 0 ? request.FromColumn : Math.Max(request.FromColumn, given);
        Require(request, column);
        IReadOnlyList<KnobMove> more = [.. request.Knobs.Select(knob => new KnobMove(column, knob.Strip, knob.Strength) { Muted = knob.Muted })];
        if (TakeRules.MovesProblem(more, settings) is { } problem) throw new UserException(problem);
        var all = Automation.With(moves, more);
        if (TakeRules.MovesProblem(all, settings) is { } tooMany) throw new UserException(tooMany);

        var first = arms.Where(arm => arm.Plan.IsMoved).Min(arm => arm.Samples);
        if (run.HasComputed(column)) first = Rewind(column);
        moves = all;
        foreach (var arm in arms) arm.Plan.Turn(all);
        unsaved = true;
        return new KnobsAnswer(run.Revision, column, first);
    }

    /// <summary>Holds the arms that no knob moves against what they were before the last rewind.</summary>
    /// <exception cref="InvalidOperationException">One differs: a fault in the program.</exception>
    public void Verify()
    {
        if (fixedCodes.Count == 0 || run.FinalFrames < verifiedTo) return;
        foreach (var (row, before) in fixedCodes)
        {
            if (!before.ContentEquals(run.Codes[row].Slice(0, verifiedTo)))
                throw new InvalidOperationException($"Row {row} has other codes after a rewind, though no knob moves it.");
        }
        fixedCodes.Clear();
    }

    private void Require(KnobsRequest request, int column)
    {
        if (request.Arm is { } arm && arm != TakeArms.Steered)
            throw new UserException($"Arm {arm} ({TakeArms.Word(arm)}) has no knobs: they are the steered arm's (C), and the reversed arm follows them.");
        if (!arms.Any(each => each.Plan.IsMoved)) throw new UserException("This take has no steered arm: there is nothing that a knob could change.");
        if (request.Knobs.Count == 0) throw new UserException("No knob is named: give at least one strip and its strength.");
        var last = run.Frames + (run.Frames - run.FramesBefore(run.Frames)) - 1;
        if (column > last) throw new UserException($"Column {column} is beyond the end of the take, whose last column is {last}.");
        if (column < 0) throw new UserException($"Column {column} does not exist: columns are counted from 0.");
        var heard = (int)(playhead / codec.HopLength);
        if (isHeard && column < heard)
            throw new UserException($"Column {column} was heard already: the listener is at column {heard}. Turn the knob at that column or a later one.");
        var frame = run.FramesBefore(column);
        var kept = KeptFrames(codec.FrameRate);
        if (arms.Where(each => each.Plan.IsMoved).Max(each => each.Fed) - frame > kept)
            throw new UserException(FormattableString.Invariant($"Column {column} is too far back: only the last {KeptSeconds:F0} s of sound can be generated again, and the take is at column {run.Head}."));
    }

    private long Rewind(int column)
    {
        var drawn = run.FinalFrames;
        if (fixedCodes.Count == 0)
        {
            foreach (var arm in arms.Where(arm => !arm.Plan.IsMoved)) fixedCodes.Add(arm.Row, run.Codes[arm.Row].Slice(0, drawn));
            verifiedTo = drawn;
        }
        run.Rewind(column);
        var first = long.MaxValue;
        foreach (var arm in arms)
        {
            if (arm.Plan.IsMoved) first = Math.Min(first, arm.Rewind(column, writer));
            else if (arm.End is null) arm.Plan.Watch.Rewind(column);
        }
        return first;
    }

    /// <summary>Keeps the moves in the take's file, at most twice a second.</summary>
    /// <param name="now">Whether to do it at once.</param>
    public void Save(bool now)
    {
        if (!unsaved || (!now && clock.GetElapsedTime(savedAt) < SavePeriod)) return;
        writer.SaveMoves(moves, run.Revision);
        (unsaved, savedAt) = (false, clock.GetTimestamp());
    }
}
