using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Hooks;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>One row while it is generated: its codes so far, its lanes (one for each half of the guidance) and how its next column
/// is drawn.</summary>
internal sealed class RowState
{
    private readonly DelayPattern pattern;
    private readonly ILookup<int, IHook> hooks;

    public RowState(int index, GenerationRow row, int frames, DelayPattern pattern, TextCondition? condition, int firstLane)
    {
        (Index, Row, this.pattern, FirstLane) = (index, row, pattern, firstLane);
        Forced = row.Continue?.Frames ?? 0;
        Codes = new CodeGrid(pattern.Codebooks, frames);
        for (var codebook = 0; codebook < pattern.Codebooks; codebook++)
        {
            for (var frame = 0; frame < Forced; frame++) Codes[codebook, frame] = row.Continue![codebook, frame];
        }
        Conditions = condition is null ? [null] : row.Sampling.Guidance > 1 ? [condition, null] : [condition];
        hooks = row.Hooks.ToLookup(hook => hook.Site.Layer);
    }

    /// <summary>Place in the request.</summary>
    public int Index { get; }

    public GenerationRow Row { get; }

    /// <summary>Frames given: columns 0 … Forced are computed at once.</summary>
    public int Forced { get; }

    public CodeGrid Codes { get; }

    public int FirstLane { get; }

    /// <summary>A half: its text. The conditional one stands first.</summary>
    public TextCondition?[] Conditions { get; }

    public int Lanes => Conditions.Length;

    /// <summary>The ids of a column, as far as they are drawn: <c>[columns, codebooks]</c>.</summary>
    public void WriteIds(int firstColumn, int columns, Span<int> ids) => this.pattern.Write(Codes, firstColumn, columns, ids);

    /// <summary>Draws one codebook of column <paramref name="column"/> from the logits of the column before it. Codebooks may be drawn
    /// at the same time, each with a sampler of its own.</summary>
    /// <param name="column">1 or more.</param>
    /// <param name="codebook">The codebook.</param>
    /// <param name="logits">The row's lanes one after the other, each <c>[codebooks, vocabulary]</c>; the codebook's part of the first is
    /// overwritten.</param>
    /// <param name="sampler">Of the same vocabulary.</param>
    /// <returns>False: a logit is not finite, and nothing was drawn.</returns>
    public bool Draw(int column, int codebook, Span<float> logits, Sampler sampler)
    {
        var frame = this.pattern.Frame(codebook, column);
        if (frame < Forced || frame >= Codes.Frames) return true;
        var laneLength = logits.Length / Lanes;
        var vocabulary = laneLength / this.pattern.Codebooks;
        var guided = logits.Slice(codebook * vocabulary, vocabulary);
        if (Lanes == 2)
        {
            var scale = (float)Row.Sampling.Guidance;
            var unconditional = logits.Slice(laneLength + codebook * vocabulary, vocabulary);
            for (var index = 0; index < vocabulary; index++)
                guided[index] = unconditional[index] + scale * (guided[index] - unconditional[index]);
        }
        var code = sampler.Draw(guided, Row.Sampling, new PhiloxNoise(Row.Seed), codebook, column, Row.Sample);
        if (code >= 0) Codes[codebook, frame] = code;
        return code >= 0;
    }

    /// <summary>What to say when a logit is not finite.</summary>
    public UserException NotFinite(int column) => new($"Row {Index}, column {column}: the model's output is no longer finite. Steering this "
        + "strong breaks the model: lower the strength.");

    /// <summary>Shows the residual stream after a layer to this row's hooks and puts what they return in its place.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="lanes">The stream of all lanes <c>[lanes, columns, width]</c>.</param>
    /// <param name="firstLane">Where this row's lanes begin in it.</param>
    /// <param name="firstColumn">Its first column.</param>
    public void CallHooks(int layer, TorchSharp.torch.Tensor lanes, int firstLane, int firstColumn)
    {
        foreach (var hook in hooks[layer])
        {
            for (var half = 0; half < Lanes; half++)
            {
                using var mine = lanes.narrow(0, firstLane + half, 1);
                var which = half == 0 ? GuidanceHalf.Conditional : GuidanceHalf.Unconditional;
                var context = new HookContext(firstColumn, (int)lanes.shape[1], which, Index);
                using var edited = hook.Apply(context, mine);
                if (edited is null || ReferenceEquals(edited, mine)) continue;
                if (!edited.shape.AsSpan().SequenceEqual(mine.shape))
                {
                    throw new InvalidOperationException($"The hook at {hook.Site} returned [{string.Join(", ", edited.shape)}] for "
                        + $"[{string.Join(", ", mine.shape)}].");
                }
                mine.copy_(edited);
            }
        }
    }
}
