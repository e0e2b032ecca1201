using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Clap.Audio;

/// <summary>
/// CLAP's audio tower: HTSAT (Chen et al., "HTS-AT: A Hierarchical Token-Semantic Audio Transformer for Sound Classification and Detection",
/// 2022), a Swin transformer over a log-mel spectrogram, in float32.
/// </summary>
internal sealed class AudioTower
{
    public const string Prefix = "audio_model.audio_encoder";

    private const double Epsilon = 1e-5;

    private readonly ClapAudioConfig config;
    private readonly Tensor scale, shift;
    private readonly Linear patches;
    private readonly Norm? patchNorm;
    private readonly SwinBlock[][] stages;
    private readonly PatchMerging[] merging;
    private readonly Norm last;

    /// <exception cref="Core.UserException">A tensor is missing or has another shape than <paramref name="config"/> says.</exception>
    public AudioTower(ClapAudioConfig config, ClapWeights weights)
    {
        this.config = config;
        var count = config.Depths.Count;
        weights.RequireAbsent($"{Prefix}.layers.{count}.blocks.0.layernorm_before.weight", $"audio_config.depths has {count} stages");
        weights.RequireAbsent($"{Prefix}.patch_embed.mel_conv2d.weight", "audio_config.enable_fusion is false");
        (scale, shift) = BatchNorm(weights, $"{Prefix}.batch_norm", config.MelBins);
        var patch = config.Patch;
        var kernel = weights.Read($"{Prefix}.patch_embed.proj.weight", config.Width, 1, patch, patch);
        // Patches do not overlap, so the convolution is a product.
        patches = new Linear(weights.Keep(kernel.view(config.Width, (long)patch * patch)), weights.Read($"{Prefix}.patch_embed.proj.bias", config.Width));
        patchNorm = config.PatchNorm ? weights.Norm($"{Prefix}.patch_embed.norm", config.Width, Epsilon) : null;
        stages = new SwinBlock[count][];
        merging = new PatchMerging[count - 1];
        for (var stage = 0; stage < count; stage++)
        {
            var depth = config.Depths[stage];
            weights.RequireAbsent($"{Prefix}.layers.{stage}.blocks.{depth}.layernorm_before.weight", $"audio_config.depths has {depth} blocks in stage {stage}");
            var blocks = new List<SwinBlock>();
            for (var block = 0; block < depth; block++) blocks.Add(new SwinBlock(config, weights, stage, block));
            stages[stage] = [.. blocks];
            if (stage < count - 1) merging[stage] = new PatchMerging(config, weights, stage);
        }
        last = weights.Norm($"{Prefix}.norm", config.OutputWidth, Epsilon);
    }

    /// <summary>The pooled output of a batch of sounds.</summary>
    /// <param name="mel">Log-mel spectrograms <c>[sounds, frames, mel bins]</c>, at most <see cref="ClapAudioConfig.Frames"/> frames.</param>
    /// <returns><c>[sounds, width of the last stage]</c>, in the caller's dispose scope.</returns>
    public Tensor Forward(Tensor mel)
    {
        using var scope = NewDisposeScope();
        var states = patches.Apply(Fold(mel.mul(scale).Add(shift)));
        if (patchNorm is not null) states = patchNorm.Apply(states);
        for (var stage = 0; stage < stages.Length; stage++)
        {
            foreach (var block in stages[stage]) states = block.Forward(states);
            if (stage < merging.Length) states = merging[stage].Forward(states);
        }
        return last.Apply(states).mean([1]).MoveToOuterDisposeScope();
    }

    /// <summary>The spectrograms as squares of patches: stretched to the tower's frames (bicubic), cut into strips of equal length that are
    /// stacked with the frequencies as rows.</summary>
    /// <returns><c>[sounds, patches, pixels of one]</c>.</returns>
    private Tensor Fold(Tensor mel)
    {
        var (sounds, frames, bins) = (mel.shape[0], config.Frames, config.MelBins);
        var pictures = mel.unsqueeze(1);
        if (mel.shape[1] < frames) pictures = nn.functional.interpolate(pictures, [frames, bins], mode: InterpolationMode.Bicubic, align_corners: true);
        // [sounds, strips, frames of a strip, bins] → [sounds, rows = strip · bins, columns]
        var square = pictures.reshape(sounds, config.Strips, config.Side, bins).permute(0, 1, 3, 2).reshape(sounds, config.Side, config.Side);
        var (patch, across) = (config.Patch, config.Side / config.Patch);
        return square.view(sounds, across, patch, across, patch).permute(0, 1, 3, 2, 4).reshape(sounds, (long)across * across, (long)patch * patch);
    }

    /// <summary>Batch normalisation with the statistics of training, as a factor and a summand for each mel bin.</summary>
    private static (Tensor Scale, Tensor Shift) BatchNorm(ClapWeights weights, string name, int bins)
    {
        float[] Read(string part) => TensorData.ToArray(weights.Read($"{name}.{part}", bins));
        var (weight, bias, mean, variance) = (Read("weight"), Read("bias"), Read("running_mean"), Read("running_var"));
        var (scale, shift) = (new float[bins], new float[bins]);
        for (var bin = 0; bin < bins; bin++)
        {
            var factor = weight[bin] / Math.Sqrt(variance[bin] + Epsilon);
            (scale[bin], shift[bin]) = ((float)factor, (float)(bias[bin] - mean[bin] * factor));
        }
        return (weights.Keep(TensorData.FromFloats(scale, bins)), weights.Keep(TensorData.FromFloats(shift, bins)));
    }
}
