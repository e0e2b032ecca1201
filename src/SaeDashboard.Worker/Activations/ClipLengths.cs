using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.Worker.Activations;

/// <summary>What the lengths of a data set's clips mean for a model.</summary>
internal static class ClipLengths
{
    /// <summary>What a person should know before their activations are used.</summary>
    public static IEnumerable<string> Notes(ClipDataset dataset, IReadOnlyList<Clip> clips, MusicGenModel model)
    {
        var rate = model.Codec.FrameRate;
        var longest = WindowSettings.Of(model.Config).LongestFrames;
        var beyond = clips.Count(clip => dataset.MusicFrames(clip, rate) > longest);
        if (beyond > 0)
        {
            yield return FormattableString.Invariant(
                $"{dataset.Folder}: {beyond:N0} of {clips.Count:N0} clips are longer than the {longest / rate:F2} s that {model.Folder} was trained on: what it computes beyond is off what it learnt. Cut the clips into shorter ones.");
        }
        var padding = clips.Sum(clip => (long)(dataset.Frames - dataset.MusicFrames(clip, rate)));
        if (padding > 0)
        {
            yield return FormattableString.Invariant(
                $"{dataset.Folder}: {clips.Count(clip => dataset.MusicFrames(clip, rate) < dataset.Frames):N0} of {clips.Count:N0} clips are shorter than the {dataset.Frames / rate:F2} s of their codes: {padding:N0} columns of padding are left out.");
        }
    }

    /// <summary>Refuses clips with padding where whole rows are computed and used.</summary>
    /// <exception cref="UserException">A clip is shorter than its row of codes.</exception>
    public static void RequireWhole(ClipDataset dataset, IReadOnlyList<Clip> clips, MusicGenModel model)
    {
        var rate = model.Codec.FrameRate;
        if (clips.FirstOrDefault(clip => dataset.MusicFrames(clip, rate) < dataset.Frames) is { } odd)
        {
            throw new UserException(FormattableString.Invariant(
                $"{dataset.Folder}: clip “{odd.Id}” is {odd.Seconds:0.##} s of the {dataset.Frames / rate:0.##} s of its codes; training straight from the model needs clips without padding. Keep the activations first: collect, then train --activations."));
        }
    }
}
