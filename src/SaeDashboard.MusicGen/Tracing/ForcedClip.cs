using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tracing;

/// <summary>
/// One clip of F frames with BOS and delay as in generation, computed once up to a hook point. The rest can be computed repeatedly with other
/// values at that point. Its columns are 0 … F: later ones are off the training distribution. Made by <see cref="TeacherForcing.Begin"/>. Not thread-safe.
/// </summary>
public sealed class ForcedClip : IDisposable
{
    private readonly MusicGenModel model;
    private readonly DelayPattern pattern;
    private readonly ConditionSet conditions;
    private readonly TextCondition? condition;
    private readonly CodeGrid codes;
    private readonly HookSite site;
    private readonly Tensor? before;
    private KeyValueCache? past;

    /// <param name="model">The model; owned by the caller.</param>
    /// <param name="pattern">Its delay pattern.</param>
    /// <param name="conditions">Owns the condition; disposed with the clip.</param>
    /// <param name="condition">The text, or null.</param>
    /// <param name="codes">The clip.</param>
    /// <param name="site">A layer's point.</param>
    /// <param name="before">The residual stream before that layer <c>[columns, width]</c>; null where the point is the stream after it.</param>
    /// <param name="values">What is computed at the point <c>[columns, width]</c>.</param>
    internal ForcedClip(MusicGenModel model, DelayPattern pattern, ConditionSet conditions, TextCondition? condition, CodeGrid codes, HookSite site, Tensor? before, Tensor values)
    {
        (this.model, this.pattern, this.conditions, this.condition, this.codes) = (model, pattern, conditions, condition, codes);
        (this.site, this.before, Values) = (site, before, values);
    }

    /// <summary>Columns 0 … F.</summary>
    public int Columns => codes.Frames + 1;

    public int Codebooks => codes.Codebooks;

    /// <summary>What is computed at the point <c>[columns, width]</c>, float32 on the CPU; column 0 is BOS.</summary>
    public Tensor Values { get; }

    /// <summary>
    /// The code that the logits at this column predict, which is in the next column's cell; −1 where the delay pattern has no code there.
    /// </summary>
    public int Target(int codebook, int column)
    {
        var frame = pattern.Frame(codebook, column + 1);
        return frame >= 0 && frame < codes.Frames ? codes[codebook, frame] : -1;
    }

    /// <summary>The logits of all columns with each of these streams in turn replacing the clip's values at the point.</summary>
    /// <param name="streams">Each <c>[columns, width]</c>, float32; not modified.</param>
    /// <returns><c>[streams, columns, codebooks, vocabulary]</c>, without guidance, on the CPU, in the caller's dispose scope.</returns>
    public Tensor Logits(IReadOnlyList<Tensor> streams)
    {
        ArgumentNullException.ThrowIfNull(streams);
        if (streams.Count == 0) throw new ArgumentException("At least one stream is needed.", nameof(streams));
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        foreach (var stream in streams) Check(stream, Columns);
        using var pass = new SequencePass(this.model.Decoder, Columns, [.. streams.Select(_ => condition)]);
        // The rest of the decoder writes to it, and TorchSharp's cat does not copy a single tensor.
        var own = streams.Count == 1 ? streams[0].clone() : cat([.. streams], 0);
        var logits = Finish(OnDevice(own), before?.repeat(streams.Count, 1), pass);
        return logits.view(streams.Count, Columns, Codebooks, -1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The logits at one column with each of these vectors in turn replacing the value at the point in that column only; the columns before
    /// it are unchanged.
    /// </summary>
    /// <param name="column">1 … F.</param>
    /// <param name="vectors"><c>[vectors, width]</c>, float32.</param>
    /// <returns><c>[vectors, codebooks, vocabulary]</c>, without guidance, on the CPU, in the caller's dispose scope.</returns>
    public Tensor ColumnLogits(int column, Tensor vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        if (column < 1 || column >= Columns) throw new ArgumentOutOfRangeException(nameof(column), column, $"Columns are 1 to {Columns - 1}.");
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        Check(vectors, vectors.shape[0]);
        past ??= Past();
        var pass = new VariantPass(this.model.Config.Decoder, past, column, condition);
        return Finish(OnDevice(vectors.clone()), before?.narrow(0, column, 1).repeat(vectors.shape[0], 1), pass).view(vectors.shape[0], Codebooks, -1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Values.Dispose();
        before?.Dispose();
        past?.Dispose();
        conditions.Dispose();
    }

    /// <summary>The keys and values of the recomputed layers for the clip's own stream.</summary>
    private KeyValueCache Past()
    {
        var cache = new KeyValueCache(this.model.Decoder, 1, Columns);
        using var pass = new SequencePass(this.model.Decoder, Columns, [condition], cache);
        using var stream = OnDevice((before ?? Values).clone());
        Walk(stream, pass, null);
        return cache;
    }

    /// <summary>The rest of the decoder.</summary>
    /// <param name="values">The replacement of the clip's values at the point; may be written to.</param>
    /// <param name="start">The stream before the point's layer, to be written to; null where the point is the stream after it.</param>
    /// <param name="pass">The multiplication and attention.</param>
    private Tensor Finish(Tensor values, Tensor? start, ForwardPass pass)
    {
        var x = start is null ? values : OnDevice(start);
        Walk(x, pass, start is null ? null : new Replacement(site, values));
        return this.model.Decoder.Logits(x, pass).cpu();
    }

    private void Walk(Tensor x, ForwardPass pass, Replacement? replacement)
    {
        for (var next = before is null ? site.Layer + 1 : site.Layer; next < this.model.Config.Decoder.Layers; next++)
            this.model.Decoder.Layers[next].Forward(x, next, pass, next == site.Layer ? replacement : null);
    }

    private Tensor OnDevice(Tensor stream) => this.model.Decoder.Device is { } device ? stream.to(device) : stream;

    private void Check(Tensor stream, long columns)
    {
        if (!stream.shape.SequenceEqual([columns, this.model.Config.Decoder.Width]) || stream.dtype != ScalarType.Float32)
        {
            throw new ArgumentException($"A stream is {stream.dtype} [{string.Join(", ", stream.shape)}], not Float32 [{columns}, "
                + $"{this.model.Config.Decoder.Width}].", nameof(stream));
        }
    }

    /// <summary>Replaces what is computed at a point by given values.</summary>
    private sealed class Replacement(HookSite site, Tensor values) : IPointObserver
    {
        public bool Wants(HookSite asked) => asked == site;

        public void Show(HookSite shown, Tensor computed)
        {
            if (Wants(shown)) computed.copy_(values);
        }
    }
}
