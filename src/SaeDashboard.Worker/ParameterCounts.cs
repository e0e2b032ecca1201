using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.Worker;

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
