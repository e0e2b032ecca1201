using System.Security.Cryptography;

namespace SaeDashboard.Contracts;

/// <summary>What a take's settings may hold.</summary>
public static class TakeLimits
{
    public const int MaxSteers = 64;

    /// <summary>In multiples of p99, either way.</summary>
    public const double MaxStrength = 1000;

    /// <summary>Points of one envelope.</summary>
    public const int MaxEnvelope = 2000;

    /// <summary>Moves of one take.</summary>
    public const int MaxMoves = 10_000;

    /// <summary>Of envelopes, onsets and moves: beyond every take.</summary>
    public const int MaxColumn = 1_000_000;

    /// <summary>Of a condition, in multiples of p99.</summary>
    public const double MaxThreshold = 1000;

    /// <summary>Different SAEs of one take.</summary>
    public const int MaxSaes = 8;

    /// <summary>Wider than any model's residual stream.</summary>
    public const int MaxWidth = 65_536;

    /// <summary>Of the part of a sound that a take continues or follows, seconds.</summary>
    public const double MaxSoundSeconds = 120;

    /// <summary>Where such a part may begin, seconds.</summary>
    public const double MaxSoundStart = 3600;

    /// <summary>Of a sound's source and of its name, characters.</summary>
    public const int MaxSoundName = 200;

    /// <summary>Of its codes as base64, characters: four minutes of a stereo model. So a WAV file's settings always hold them.</summary>
    public const int MaxSoundText = 1 << 18;

    /// <summary>Chroma frames of a melody.</summary>
    public const int MaxChroma = 4096;

    public const double MinLead = 0.1;
    public const double MaxLead = 10;
    public const double MaxWait = 60;
    public const int MaxBlock = 50;
}

/// <summary>The rules of a take's steering that need no model, in one place for the site, the worker and the command line.</summary>
public static class TakeRules
{
    /// <summary>What is wrong with the settings, for a person: what, where, and what to do. Null: nothing.</summary>
    public static string? Problem(TakeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (ArmsProblem(settings) is { } arms) return arms;
        if (settings.Frames < 1) return $"{settings.Frames} frames cannot be made: ask for at least one.";
        if (settings.Piece < 0) return $"Piece {settings.Piece} of a batch: they are counted from 0.";
        if (settings.Steers.Count > TakeLimits.MaxSteers) return $"{settings.Steers.Count} features are turned; at most {TakeLimits.MaxSteers} can be.";
        foreach (var (strip, steer) in settings.Steers.Index())
        {
            if (SteerProblem(strip, steer, settings) is { } problem) return problem;
        }
        var saes = settings.Steers.Select(steer => steer.SaePath ?? settings.SaePath).Concat(settings.Steers.Select(steer => steer.Condition?.Sae)).OfType<string>().Distinct().Count();
        if (saes > TakeLimits.MaxSaes) return $"{saes} SAEs are used; a take can use at most {TakeLimits.MaxSaes}.";
        return MovesProblem(settings.Moves ?? [], settings) ?? ControlsProblem(settings) ?? LiveProblem(settings.Live) ?? TakeSoundRules.Problem(settings);
    }

    /// <summary>What is wrong with moves of a take; null: nothing.</summary>
    public static string? MovesProblem(IReadOnlyList<KnobMove> moves, TakeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(moves);
        ArgumentNullException.ThrowIfNull(settings);
        if (moves.Count > TakeLimits.MaxMoves) return $"{moves.Count} knob moves; a take keeps at most {TakeLimits.MaxMoves}.";
        foreach (var move in moves)
        {
            if (move.Strip < 0 || move.Strip >= settings.Steers.Count)
                return $"A knob of strip {move.Strip} is moved, but the take has {(settings.Steers.Count == 0 ? "no strips" : $"the strips 0 to {settings.Steers.Count - 1}")}.";
            if (ColumnProblem(move.Column, $"A move of strip {move.Strip}") is { } column) return column;
            if (StrengthProblem(move.Strength, settings.Steers[move.Strip].Feature) is { } strength) return strength;
        }
        return null;
    }

    private static string? ArmsProblem(TakeSettings settings)
    {
        if (settings.Arms.Count == 0 || settings.Arms.Except(TakeArms.All).Any() || settings.Arms.Distinct().Count() != settings.Arms.Count)
        {
            return $"The arms are “{string.Join(", ", settings.Arms)}”: choose from {string.Join(", ", TakeArms.All.Select(arm => $"{arm} ({TakeArms.Word(arm)})"))}, each once.";
        }
        foreach (var arm in settings.Arms.Where(arm => TakeArms.Matched.Contains(arm) || arm == TakeArms.Reconstruction))
        {
            if (settings.SaePath is null && settings.Steers.All(steer => steer.SaePath is null)) return $"The arm {arm} ({TakeArms.Word(arm)}) needs an SAE, and none is named.";
        }
        return settings.Arms.Contains(TakeArms.DiffMean) && settings.Controls?.DiffMean is null
            ? "The arm M (difference of means) needs a direction: give controls.diffMean. The worker's verb “direction” makes one." : null;
    }

    private static string? SteerProblem(int strip, TakeSteer steer, TakeSettings settings)
    {
        var which = $"Strip {strip} (feature {steer.Feature})";
        if ((steer.SaePath ?? settings.SaePath) is null) return "Features are turned, but no SAE is named.";
        if (StrengthProblem(steer.Strength, steer.Feature) is { } strength) return strength;
        if (steer.P99 is not (>= 0 and <= PresetLimits.MaxP99)) return $"{which} has the p99 {steer.P99}: it must be from 0 to {PresetLimits.MaxP99}.";
        if (ColumnProblem(steer.Onset, $"{which}: its onset") is { } onset) return onset;
        if (steer.Condition is { } condition)
        {
            if (condition.Feature < 0) return $"{which} depends on feature {condition.Feature}, which does not exist.";
            if (condition.Threshold is not (>= 0 and <= TakeLimits.MaxThreshold))
                return $"{which} acts when feature {condition.Feature} is above {condition.Threshold}: the threshold must be from 0 to {TakeLimits.MaxThreshold} (multiples of its p99).";
            if (condition.P99 is not (>= 0 and <= PresetLimits.MaxP99)) return $"{which}: its condition has the p99 {condition.P99}; it must be from 0 to {PresetLimits.MaxP99}.";
        }
        return EnvelopeProblem(steer.Envelope, which);
    }

    /// <summary>What is wrong with an envelope; null: nothing.</summary>
    /// <param name="points">Its points; null: none.</param>
    /// <param name="which">Whose it is: the beginning of the sentence.</param>
    public static string? EnvelopeProblem(IReadOnlyList<EnvelopePoint>? points, string which)
    {
        if (points is null) return null;
        if (points.Count > TakeLimits.MaxEnvelope) return $"{which}: its envelope has {points.Count} points; at most {TakeLimits.MaxEnvelope} are kept.";
        for (var i = 0; i < points.Count; i++)
        {
            if (ColumnProblem(points[i].Column, $"{which}: a point of its envelope") is { } column) return column;
            if (points[i].Level is not (>= 0 and <= 1)) return $"{which}: its envelope has the level {points[i].Level} at column {points[i].Column}; levels are from 0 to 1, the part of its strength that acts.";
            if (i > 0 && points[i].Column <= points[i - 1].Column)
                return $"{which}: its envelope goes from column {points[i - 1].Column} to {points[i].Column}; give each point a later column than the one before.";
        }
        return null;
    }

    private static string? ControlsProblem(TakeSettings settings)
    {
        if (settings.Controls is not { } controls) return null;
        if (controls.Features is { } features && features.Any(feature => feature < 0)) return "A control's feature is negative: features are counted from 0.";
        if (controls.DiffMean is not { } direction) return null;
        var bytes = new byte[Math.Min(direction.Values.Length, TakeLimits.MaxWidth * sizeof(float) * 2)];
        if (!Convert.TryFromBase64String(direction.Values, bytes, out var length) || length == 0 || length % sizeof(float) != 0)
            return "controls.diffMean.values is not base64 of float32 numbers: make the direction again with the worker's verb “direction”.";
        return Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, length))) == direction.Hash ? null
            : "controls.diffMean has other values than its hash says: the file was changed or damaged; make the direction again with the worker's verb “direction”.";
    }

    private static string? LiveProblem(TakeLive? live)
    {
        if (live is null) return null;
        if (live.LeadSeconds is not (>= TakeLimits.MinLead and <= TakeLimits.MaxLead))
            return FormattableString.Invariant($"live.leadSeconds is {live.LeadSeconds}: it must be from {TakeLimits.MinLead} to {TakeLimits.MaxLead} s.");
        if (live.WaitSeconds is not (>= 0 and <= TakeLimits.MaxWait)) return FormattableString.Invariant($"live.waitSeconds is {live.WaitSeconds}: it must be from 0 to {TakeLimits.MaxWait} s.");
        return live.Block is >= 1 and <= TakeLimits.MaxBlock ? null : $"live.block is {live.Block}: it must be from 1 to {TakeLimits.MaxBlock} frames.";
    }

    private static string? StrengthProblem(double strength, int feature) => Math.Abs(strength) <= TakeLimits.MaxStrength ? null
        : $"Feature {feature} has the strength {strength}: it must be from −{TakeLimits.MaxStrength} to {TakeLimits.MaxStrength} (multiples of its p99; −6 to 6 is usual).";

    private static string? ColumnProblem(int column, string what) =>
        column is >= 0 and <= TakeLimits.MaxColumn ? null : $"{what} is at column {column}: columns are from 0 to {TakeLimits.MaxColumn}.";
}
