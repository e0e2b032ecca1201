using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Activations;

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
