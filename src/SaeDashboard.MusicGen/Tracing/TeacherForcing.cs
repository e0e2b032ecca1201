using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Melody;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tracing;

/// <summary>The residual stream of finished codes, given with BOS and delay as in generation. Not for several threads at once.</summary>
public sealed class TeacherForcing
{
    /// <summary>How many clips of 10 s to give <see cref="Residuals"/> at once: more are no faster on a CPU, since their tensors
    /// leave its caches.</summary>
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
    /// The residual stream after some layers for columns 1 … F of clips of F frames (column 0 is BOS, an outlier; columns past F
    /// are off the training distribution). Layers after the last one asked for are not computed.
    /// </summary>
    /// <param name="clips">One or more, of equal length.</param>
    /// <param name="layers">Counted from 0.</param>
    /// <param name="prompts">A clip: its text, or null for the null condition; null: the null condition for all.</param>
    /// <returns>A layer: <c>[clips, frames, width]</c>. The tensors belong to the caller's dispose scope.</returns>
    /// <exception cref="UserException">The codes are another model's, their lengths differ, there is no such layer, or a prompt is
    /// too long.</exception>
    public IReadOnlyDictionary<int, Tensor> Residuals(IReadOnlyList<CodeGrid> clips, IReadOnlyList<int> layers,
        IReadOnlyList<string?>? prompts = null)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(layers);
        if (clips.Count == 0) throw new ArgumentException("At least one clip is needed.", nameof(clips));
        if (prompts is not null && prompts.Count != clips.Count)
            throw new ArgumentException($"{prompts.Count} prompts for {clips.Count} clips.", nameof(prompts));
        foreach (var clip in clips)
        {
            if (clip.Frames != clips[0].Frames)
                throw new UserException($"Clips of one batch are of equal length, but one has {clip.Frames} frames and another "
                    + $"{clips[0].Frames}.");
        }
        if (clips[0].Frames == 0) throw new UserException("A clip without frames has no residual stream.");

        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var frames = clips[0].Frames;
        var kept = new Dictionary<int, Tensor>();
        using var conditions = new ConditionSet(this.model);
        TextCondition?[] texts = [.. clips.SelectMany((_, clip) => conditions.Halves(prompts?[clip], melody: null, guidance: 1))];
        using var pass = new SequencePass(this.model.Config.Decoder, frames + 1, texts);
        using var last = Walk(clips, frames + 1, layers, pass,
            (layer, stream) => kept[layer] = stream.narrow(1, 1, frames).contiguous());
        foreach (var residual in kept.Values) residual.MoveToOuterDisposeScope();
        return kept;
    }

    /// <summary>Everything about one piece: the residual stream of all columns (F frames take F + largest delay + 1), logits and
    /// text.</summary>
    /// <param name="codes">Without delay.</param>
    /// <param name="prompt">The text, or null for the null condition.</param>
    /// <param name="layers">Counted from 0.</param>
    /// <param name="melody">What a melody model follows; null: nothing.</param>
    /// <exception cref="UserException">The codes are another model's, there is no such layer, the prompt is too long, or the model
    /// follows no melody.</exception>
    public TraceResult Trace(CodeGrid codes, string? prompt, IReadOnlyList<int> layers, MelodyChroma? melody = null)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(layers);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        this.model.Check(melody);
        var config = this.model.Config.Decoder;
        var columns = pattern.Columns(codes.Frames);
        var kept = new Dictionary<int, Tensor>();
        var text = prompt is null ? null : this.model.TextEncoder.Encode(this.model.Tokenizer.Encode(prompt));
        using var condition = this.model.Condition(text, melody: melody);
        using var pass = new SequencePass(config, columns, [condition]);
        int[] all = [.. layers, config.Layers - 1];
        var last = Walk([codes], columns, all, pass, (layer, stream) =>
        {
            if (layers.Contains(layer)) kept[layer] = stream.select(0, 0).clone();
        });
        var logits = this.model.Decoder.Logits(last, pass).view(columns, config.Codebooks, config.VocabularySize).transpose(0, 1).contiguous();
        return new TraceResult(
            kept.ToDictionary(pair => pair.Key, pair => pair.Value.DetachFromDisposeScope()),
            logits.DetachFromDisposeScope(),
            text?.DetachFromDisposeScope());
    }

    /// <summary>Computes layer after layer up to the last one asked for and shows each asked for.</summary>
    /// <returns>The stream after the last one <c>[clips · columns, width]</c>.</returns>
    private Tensor Walk(IReadOnlyList<CodeGrid> clips, int columns, IReadOnlyList<int> layers, ForwardPass pass, Action<int, Tensor> show)
    {
        var config = this.model.Config.Decoder;
        foreach (var layer in layers)
        {
            if (layer < 0 || layer >= config.Layers)
                throw new UserException($"There is no layer {layer}: the model's are 0 to {config.Layers - 1}.");
        }
        var ids = new int[clips.Count * columns * config.Codebooks];
        for (var clip = 0; clip < clips.Count; clip++)
        {
            pattern.Check(clips[clip]);
            pattern.Write(clips[clip], 0, columns, ids.AsSpan(clip * columns * config.Codebooks, columns * config.Codebooks));
        }
        var x = this.model.Decoder.Embed(ids, clips.Count, 0, columns, pass).view(clips.Count * columns, config.Width);
        var byClip = x.view(clips.Count, columns, config.Width);
        for (var layer = 0; layer <= layers.DefaultIfEmpty(-1).Max(); layer++)
        {
            this.model.Decoder.Layers[layer].Forward(x, layer, pass);
            if (layers.Contains(layer)) show(layer, byClip);
        }
        return x;
    }
}
