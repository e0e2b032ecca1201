using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Melody;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tracing;

/// <summary>Runs the decoder on finished codes, with BOS and delay as in generation. Not thread-safe.</summary>
public sealed class TeacherForcing
{
    /// <summary>The number of 10 s clips to pass to <see cref="At"/> at once: more are no faster on a CPU, since their tensors
    /// do not fit its caches.</summary>
    public const int ClipsOfABatch = 4;

    private readonly MusicGenModel model;
    private readonly DelayPattern pattern;

    public TeacherForcing(MusicGenModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        pattern = new DelayPattern(model.Config.Decoder);
    }

    /// <summary>
    /// The residual stream after some layers: <see cref="At"/> their <see cref="HookSite.After"/>.
    /// </summary>
    /// <inheritdoc cref="At"/>
    /// <param name="clips">One or more, of equal length.</param>
    /// <param name="layers">Counted from 0.</param>
    /// <param name="prompts">Each clip's text, or null for the null condition; null: the null condition for all.</param>
    /// <returns>Per layer <c>[clips, frames, width]</c>. The tensors belong to the caller's dispose scope.</returns>
    public IReadOnlyDictionary<int, Tensor> Residuals(IReadOnlyList<CodeGrid> clips, IReadOnlyList<int> layers, IReadOnlyList<string?>? prompts = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        RequireLayers(layers);
        return At(clips, [.. layers.Select(HookSite.After)], prompts).ToDictionary(pair => pair.Key.Layer, pair => pair.Value);
    }

    /// <summary>
    /// What is computed at some points for columns 1 … F of clips of F frames (column 0 is BOS, an outlier; columns past F are off the training
    /// distribution). Layers after the last requested one are not computed.
    /// </summary>
    /// <param name="clips">One or more, of equal length.</param>
    /// <param name="sites">Points of layers.</param>
    /// <param name="prompts">Each clip's text, or null for the null condition; null: the null condition for all.</param>
    /// <returns>Per point <c>[clips, frames, width]</c>. The tensors belong to the caller's dispose scope.</returns>
    /// <exception cref="UserException">The codes are another model's, their lengths differ, the point does not exist, or a prompt is
    /// too long.</exception>
    public IReadOnlyDictionary<HookSite, Tensor> At(IReadOnlyList<CodeGrid> clips, IReadOnlyList<HookSite> sites, IReadOnlyList<string?>? prompts = null)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(sites);
        if (clips.Count == 0) throw new ArgumentException("At least one clip is needed.", nameof(clips));
        if (prompts is not null && prompts.Count != clips.Count)
            throw new ArgumentException($"{prompts.Count} prompts for {clips.Count} clips.", nameof(prompts));
        foreach (var clip in clips)
        {
            if (clip.Frames != clips[0].Frames)
                throw new UserException($"Clips of one batch are of equal length, but one has {clip.Frames} frames and another "
                    + $"{clips[0].Frames}.");
        }
        if (clips[0].Frames == 0) throw new UserException("A clip without frames has no activations.");
        foreach (var site in sites) site.Require(this.model.Config.Decoder.Layers);

        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var frames = clips[0].Frames;
        // Copied: the columns of a single clip are already contiguous, and the next layers write into them.
        var collector = new PointCollector([.. sites], clips.Count, stream => stream.narrow(1, 1, frames).clone().cpu());
        using var conditions = new ConditionSet(this.model);
        TextCondition?[] texts = [.. clips.SelectMany((_, clip) => conditions.Halves(prompts?[clip], melody: null, guidance: 1))];
        using var pass = new SequencePass(this.model.Decoder, frames + 1, texts);
        using var last = Walk(clips, frames + 1, collector.LastLayer(this.model.Config.Decoder.Layers), pass, collector);
        foreach (var values in collector.Kept.Values) values.MoveToOuterDisposeScope();
        return collector.Kept;
    }

    /// <summary>Traces one piece: the residual stream of all columns (F frames take F + largest delay + 1), logits and
    /// text.</summary>
    /// <param name="codes">Codes without delay.</param>
    /// <param name="prompt">The text, or null for the null condition.</param>
    /// <param name="layers">Counted from 0.</param>
    /// <param name="points">Other points to keep, if any.</param>
    /// <param name="melody">The melody that a melody model follows; null: none.</param>
    /// <exception cref="UserException">The codes are another model's, there is no such layer or point, the prompt is too long, or the
    /// model follows no melody.</exception>
    public TraceResult Trace(CodeGrid codes, string? prompt, IReadOnlyList<int> layers, IReadOnlyList<HookSite>? points = null,
        MelodyChroma? melody = null)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(layers);
        points ??= [];
        var config = this.model.Config.Decoder;
        RequireLayers(layers);
        foreach (var point in points) point.Require(config.Layers);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        this.model.Check(melody);
        var columns = pattern.Columns(codes.Frames);
        var collector = new PointCollector([.. layers.Select(HookSite.After), .. points], 1, stream => stream.select(0, 0).clone().cpu());
        var text = prompt is null ? null : this.model.TextEncoder.Encode(this.model.Tokenizer.Encode(prompt));
        using var condition = this.model.Condition(text, melody: melody);
        using var pass = new SequencePass(this.model.Decoder, columns, [condition]);
        var last = Walk([codes], columns, config.Layers - 1, pass, collector);
        var logits = this.model.Decoder.Logits(last, pass, collector).view(columns, config.Codebooks, config.VocabularySize).transpose(0, 1).contiguous().cpu();
        // A layer's residual stream is one of the points too: each name has a tensor of its own.
        return new TraceResult(
            layers.Distinct().ToDictionary(layer => layer, layer => collector.Kept[HookSite.After(layer)].clone().DetachFromDisposeScope()),
            points.Distinct().ToDictionary(point => point, point => collector.Kept[point].clone().DetachFromDisposeScope()),
            logits.DetachFromDisposeScope(),
            text?.DetachFromDisposeScope());
    }

    /// <summary>Computes one clip up to a layer's point, from where it can be completed with other values.</summary>
    /// <param name="codes">Codes without delay, at least one frame.</param>
    /// <param name="site">The point.</param>
    /// <param name="prompt">The text, or null for the null condition.</param>
    /// <exception cref="UserException">The codes are another model's or empty, the point does not exist, or the prompt is too long.</exception>
    public ForcedClip Begin(CodeGrid codes, HookSite site, string? prompt = null)
    {
        ArgumentNullException.ThrowIfNull(codes);
        site.Require(this.model.Config.Decoder.Layers);
        if (site.Layer < 0) throw new ArgumentException($"{site} belongs to no layer.", nameof(site));
        if (codes.Frames == 0) throw new UserException("A clip without frames has no activations.");
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var conditions = new ConditionSet(this.model);
        try
        {
            var condition = conditions.Halves(prompt, melody: null, guidance: 1)[0];
            var columns = codes.Frames + 1;
            using var pass = new SequencePass(this.model.Decoder, columns, [condition]);
            var start = new HookSite(site.Layer, HookSite.ResidualPre);
            var collector = new PointCollector([site, start], 1, values => values.select(0, 0).clone().cpu());
            Walk([codes], columns, site.Layer, pass, collector);
            var before = site.Point == HookSite.ResidualPost ? null : collector.Kept[start].clone().DetachFromDisposeScope();
            return new ForcedClip(this.model, pattern, conditions, condition, codes, site, before, collector.Kept[site].DetachFromDisposeScope());
        }
        catch
        {
            conditions.Dispose();
            throw;
        }
    }

    private void RequireLayers(IReadOnlyList<int> layers)
    {
        foreach (var layer in layers)
        {
            if (layer < 0 || layer >= this.model.Config.Decoder.Layers)
                throw new UserException($"There is no layer {layer}: the model's are 0 to {this.model.Config.Decoder.Layers - 1}.");
        }
    }

    /// <summary>Computes layer after layer up to <paramref name="lastLayer"/>.</summary>
    /// <returns>The stream after it <c>[clips · columns, width]</c>.</returns>
    private Tensor Walk(IReadOnlyList<CodeGrid> clips, int columns, int lastLayer, ForwardPass pass, PointCollector points)
    {
        var config = this.model.Config.Decoder;
        var ids = new int[clips.Count * columns * config.Codebooks];
        for (var clip = 0; clip < clips.Count; clip++)
        {
            pattern.Check(clips[clip]);
            pattern.Write(clips[clip], 0, columns, ids.AsSpan(clip * columns * config.Codebooks, columns * config.Codebooks));
        }
        var x = this.model.Decoder.Embed(ids, clips.Count, 0, columns, pass).view(clips.Count * columns, config.Width);
        points.Show(HookSite.Embed, x);
        for (var layer = 0; layer <= lastLayer; layer++) this.model.Decoder.Layers[layer].Forward(x, layer, pass, points);
        return x;
    }
}

/// <summary>The result of tracing one piece. The tensors belong to this object.</summary>
/// <param name="Residuals">For each requested layer, the residual stream after it <c>[columns, width]</c>, column 0 (BOS) included.</param>
/// <param name="Points">For each requested point, what is computed there <c>[columns, width]</c>.</param>
/// <param name="Logits"><c>[codebooks, columns, vocabulary]</c>, without guidance.</param>
/// <param name="Text">The text encoder's output <c>[tokens, d_model]</c>; null with the null condition.</param>
public sealed record TraceResult(
    IReadOnlyDictionary<int, Tensor> Residuals, IReadOnlyDictionary<HookSite, Tensor> Points, Tensor Logits, Tensor? Text) : IDisposable
{
    public void Dispose()
    {
        foreach (var kept in Residuals.Values.Concat(Points.Values)) kept.Dispose();
        Logits.Dispose();
        Text?.Dispose();
    }
}

/// <summary>Collects a part of what the decoder computes at some points.</summary>
/// <param name="sites">The points.</param>
/// <param name="clips">Sequences at once.</param>
/// <param name="part">Selects what to keep of <c>[clips, columns, width]</c>, as a new tensor.</param>
internal sealed class PointCollector(IReadOnlyList<HookSite> sites, int clips, Func<Tensor, Tensor> part) : IPointObserver
{
    private readonly HashSet<HookSite> wanted = [.. sites];

    public Dictionary<HookSite, Tensor> Kept { get; } = [];

    /// <summary>The last layer that must be computed for them; −1: none.</summary>
    public int LastLayer(int layers) => sites.Select(site => site == HookSite.FinalNorm ? layers - 1 : site.Layer).DefaultIfEmpty(-1).Max();

    public bool Wants(HookSite site) => wanted.Contains(site);

    public void Show(HookSite site, Tensor values)
    {
        if (!Wants(site)) return;
        using var byClip = values.view(clips, -1, values.shape[^1]);
        Kept[site] = part(byClip);
    }
}
