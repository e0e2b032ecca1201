using System.Globalization;
using System.Numerics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Activations;

/// <summary>
/// Columns for a trainer that the model computes when they are asked for, of several points in one pass, without a store. Nothing is kept.
/// </summary>
/// <param name="model">The model, owned by the caller. While a trainer runs, nothing else may use it.</param>
/// <param name="dataset">Where the clips' codes are.</param>
/// <param name="clips">Which clips.</param>
/// <param name="split">The split they are of.</param>
/// <param name="sites">The points at which they are taken.</param>
/// <param name="condition">none or caption.</param>
internal sealed class ModelColumns(
    MusicGenModel model, ClipDataset dataset, IReadOnlyList<Clip> clips, string split, IReadOnlyList<HookSite> sites, string condition) : IColumnSource
{
    private readonly TeacherForcing forcing = new(model);
    private readonly Lock turn = new();

    public string Name => $"{model.Folder} on {dataset.Folder}";

    public IReadOnlyList<ActivationSource> Layers { get; } = [.. sites.Select(site => SourceOf(model, dataset, split, site, condition))];

    public IReadOnlyList<ActivationClip> Clips { get; } = [.. clips.Select(clip => new ActivationClip(clip.Row, clip.Id, clip.Split))];

    public int ClipsAtOnce => TeacherForcing.ClipsOfABatch;

    /// <summary>What activations of this model and dataset are, as float32.</summary>
    public static ActivationSource SourceOf(MusicGenModel model, ClipDataset dataset, string split, HookSite site, string condition) => new()
    {
        Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Folder))),
        ModelHash = model.WeightsHash,
        Dataset = dataset.Name,
        DatasetHash = dataset.Hash,
        Split = split,
        Hook = site.ToString(),
        Layer = site.Layer,
        Condition = condition,
        Width = model.Config.Decoder.Width,
        ColumnsPerClip = dataset.Frames,
        ComputeType = model.Options.TypeName,
    };

    /// <summary>Each clip's condition for the decoder; null: the null condition for all.</summary>
    public static string?[]? Prompts(IEnumerable<Clip> clips, string condition) =>
        condition == TextConditions.Caption ? [.. clips.Select(clip => (string?)clip.Caption)] : null;

    public void Load(ReadOnlySpan<ClipColumnRange> ranges, ReadOnlySpan<nint> targets)
    {
        var wanted = new List<int>();
        for (var i = 0; i < sites.Count; i++)
        {
            if (targets[i] != 0) wanted.Add(i);
        }
        var size = dataset.Frames * Layers[0].Width;
        for (var first = 0; first < ranges.Length; first += ClipsAtOnce)
        {
            var batch = new Clip[Math.Min(ClipsAtOnce, ranges.Length - first)];
            for (var i = 0; i < batch.Length; i++)
            {
                if (ranges[first + i].Count != dataset.Frames) throw new ArgumentException("A model computes whole clips.", nameof(ranges));
                batch[i] = clips[ranges[first + i].Clip];
            }
            var places = new nint[wanted.Count];
            for (var i = 0; i < places.Length; i++) places[i] = targets[wanted[i]] + (nint)((long)first * size * sizeof(float));
            lock (turn) Compute(batch, wanted, places);
        }
    }

    private unsafe void Compute(Clip[] batch, List<int> wanted, nint[] places)
    {
        // A trainer keeps libtorch to one thread where it computes itself; which thread this is does not matter to the model.
        using var threads = new TorchThreads(Math.Max(1, TorchRuntime.Threads));
        using var scope = NewDisposeScope();
        var computed = forcing.At([.. batch.Select(dataset.Codes)], [.. wanted.Select(i => sites[i])], Prompts(batch, condition));
        for (var i = 0; i < places.Length; i++)
        {
            var values = TensorData.AsSpan(computed[sites[wanted[i]]].contiguous());
            RequireFinite(values, batch, sites[wanted[i]]);
            values.CopyTo(new Span<float>((void*)places[i], values.Length));
        }
    }

    private void RequireFinite(ReadOnlySpan<float> values, Clip[] batch, HookSite site)
    {
        if (!NotFinite(values)) return;
        var at = 0;
        while (float.IsFinite(values[at])) at++;
        var (width, column) = (Layers[0].Width, at / Layers[0].Width);
        var clip = batch[column / dataset.Frames];
        throw new UserException(string.Create(CultureInfo.InvariantCulture,
            $"Clip {clip.Id} (row {clip.Row}), {site}, column {1 + column % dataset.Frames}, dimension {at % width}: activation {values[at]} is not finite: ") +
            "the model's weights or the clip's codes are damaged.");
    }

    /// <summary>x − x is 0 for numbers and not a number for everything else.</summary>
    private static bool NotFinite(ReadOnlySpan<float> values)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var x = new Vector<float>(values[i..]);
            sum += x - x;
        }
        var rest = 0f;
        for (; i < values.Length; i++) rest += values[i] - values[i];
        return !(Vector.Sum(sum) + rest == 0);
    }
}

/// <summary>
/// Activations computed as they are asked for: clips run through the model (teacher forcing with BOS and delay), several to
/// a batch, up to the requested point and no further.
/// </summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="dataset">Where the clips' codes are.</param>
/// <param name="clips">Which clips, in this order.</param>
/// <param name="site">The point at which they are taken.</param>
/// <param name="captions">Whether each clip's caption is the condition; otherwise the null condition.</param>
internal sealed class ModelActivationSource(MusicGenModel model, ClipDataset dataset, IReadOnlyList<Clip> clips, HookSite site, bool captions) : IActivationSource
{
    private readonly TeacherForcing forcing = new(model);

    public int Width => model.Config.Decoder.Width;

    public int? ClipCount => clips.Count;

    public IEnumerable<ClipActivations> Clips()
    {
        foreach (var batch in clips.Chunk(TeacherForcing.ClipsOfABatch))
        {
            using var values = Values(batch);
            for (var i = 0; i < batch.Length; i++)
                yield return new ClipActivations(batch[i].Row, batch[i].Split, values.select(0, i).narrow(0, 0, dataset.MusicFrames(batch[i], model.Codec.FrameRate)));
        }
    }

    /// <summary>Columns 1..F of every clip of a batch, <c>[clips, frames, width]</c>.</summary>
    private Tensor Values(Clip[] batch)
    {
        var codes = batch.Select(dataset.Codes).ToArray();
        var prompts = captions ? batch.Select(clip => (string?)clip.Caption).ToArray() : null;
        return forcing.At(codes, [site], prompts)[site];
    }
}
