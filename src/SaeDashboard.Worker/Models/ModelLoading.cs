using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Models;

/// <summary>Loads and hashes models with progress.</summary>
internal static class ModelLoading
{
    public static MusicGenModel Load(string folder, ConsoleProgress progress) => Load(folder, new ModelOptions(), progress);

    public static MusicGenModel Load(string folder, ModelOptions options, ConsoleProgress progress) =>
        MusicGenModel.Load(folder, options, Megabytes("Loading the model", progress));

    /// <summary>The weights' hash, with progress.</summary>
    public static string Hash(MusicGenModel model, ConsoleProgress progress) => model.HashWeights(Megabytes("Hashing the weights", progress));

    /// <summary>Reports bytes in megabytes.</summary>
    internal static SynchronousProgress<LoadProgress> Megabytes(string stage, ConsoleProgress progress) => new(p =>
    {
        // Only what is whole is shown as whole.
        var total = (p.Total + 999_999) / 1_000_000;
        progress.Report(stage, p.Done == p.Total ? total : Math.Min(p.Done / 1_000_000, total - 1), total, "MB");
    });
}

/// <summary>How many numbers each part of a checkpoint holds, as stored (a weight norm's two tensors both count).</summary>
internal readonly record struct ParameterCounts(long TextEncoder, long Decoder, long Codec)
{
    public static ParameterCounts Of(string folder)
    {
        using var tensors = CheckpointTensors.Open(folder);
        long Count(params string[] prefixes) =>
            tensors.Names.Where(name => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).Sum(name => tensors.Entry(name).ElementCount);
        return new ParameterCounts(Count("text_encoder."), Count("decoder.", "enc_to_dec_proj.", "audio_enc_to_dec_proj."), Count("audio_encoder."));
    }
}
