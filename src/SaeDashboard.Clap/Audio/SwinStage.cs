using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Clap.Audio;

/// <summary>One block of a Swin transformer: x += attention in windows(norm(x)); x += feed-forward(norm(x)).</summary>
internal sealed class SwinBlock
{
    private readonly int heads, headSize;
    private readonly AttentionWindows windows;
    private readonly Norm before, after;
    private readonly Linear query, key, value, output, expand, contract;
    private readonly Tensor toWindows, fromWindows;

    // [windows or 1, heads, patches, patches]: relative positions, and the mask of a shifted square.
    private readonly Tensor bias;

    /// <param name="config">The tower.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="stage">The stage's number, from 0.</param>
    /// <param name="block">The block's number in the stage: odd ones are shifted.</param>
    public SwinBlock(ClapAudioConfig config, ClapWeights weights, int stage, int block)
    {
        var (side, width) = (config.SideOf(stage), config.WidthOf(stage));
        var wide = (long)(config.FeedForwardRatio * width);
        (heads, headSize) = (config.Heads[stage], width / config.Heads[stage]);
        // A square of one window is never shifted.
        windows = new AttentionWindows(side, config.Window, block % 2 == 1 && side > config.Window ? config.Window / 2 : 0);

        var name = $"{AudioTower.Prefix}.layers.{stage}.blocks.{block}";
        before = weights.Norm($"{name}.layernorm_before", width, config.LayerNormEpsilon);
        query = weights.Linear($"{name}.attention.self.query", width, width, config.QueryKeyValueBias);
        key = weights.Linear($"{name}.attention.self.key", width, width, config.QueryKeyValueBias);
        value = weights.Linear($"{name}.attention.self.value", width, width, config.QueryKeyValueBias);
        output = weights.Linear($"{name}.attention.output.dense", width, width);
        after = weights.Norm($"{name}.layernorm_after", width, config.LayerNormEpsilon);
        expand = weights.Linear($"{name}.intermediate.dense", wide, width);
        contract = weights.Linear($"{name}.output.dense", width, wide);

        var positions = 2L * config.Window - 1;
        var table = weights.Read($"{name}.attention.self.relative_position_bias_table", positions * positions, heads);
        toWindows = weights.Keep(TensorData.FromInt64s(windows.ToWindows(), side * side));
        fromWindows = weights.Keep(TensorData.FromInt64s(windows.FromWindows(), side * side));
        using var scope = NewDisposeScope();
        var patches = windows.Patches;
        var relative = TensorData.FromInt64s(windows.RelativePositions(), (long)patches * patches).to(weights.Device);
        var pairs = table.index_select(0, relative).view(patches, patches, heads).permute(2, 0, 1).unsqueeze(0);
        if (windows.Mask() is { } mask) pairs = pairs.Add(TensorData.FromFloats(mask, windows.Count, 1, patches, patches).to(weights.Device));
        bias = weights.Keep(pairs.contiguous());
    }

    /// <param name="states"><c>[sounds, patches, width]</c>.</param>
    /// <returns>The same shape, in the caller's dispose scope.</returns>
    public Tensor Forward(Tensor states)
    {
        using var scope = NewDisposeScope();
        var (sounds, patches, width) = (states.shape[0], states.shape[1], states.shape[2]);
        var ordered = before.Apply(states).index_select(1, toWindows).reshape(sounds * windows.Count, windows.Patches, width);
        var mixed = output.Apply(Attend(ordered, sounds)).reshape(sounds, patches, width).index_select(1, fromWindows);
        var attended = states.Add(mixed);
        var hidden = nn.functional.gelu(expand.Apply(after.Apply(attended)));
        return attended.Add(contract.Apply(hidden)).MoveToOuterDisposeScope();
    }

    /// <param name="ordered"><c>[sounds · windows, patches of a window, width]</c>.</param>
    /// <param name="sounds">Sounds of the batch.</param>
    /// <returns>The same shape.</returns>
    private Tensor Attend(Tensor ordered, long sounds)
    {
        var (cells, patches, width) = (ordered.shape[0], ordered.shape[1], ordered.shape[2]);
        Tensor Split(Linear projection) => projection.Apply(ordered).view(cells, patches, heads, headSize).permute(0, 2, 1, 3).reshape(cells * heads, patches, headSize);
        var scores = Split(query).bmm(Split(key).transpose(1, 2)).Mul(1 / Math.Sqrt(headSize));
        var shares = scores.view(sounds, windows.Count, heads, patches, patches).Add(bias).softmax(-1).view(cells * heads, patches, patches);
        return shares.bmm(Split(value)).view(cells, heads, patches, headSize).permute(0, 2, 1, 3).reshape(cells, patches, width);
    }
}

/// <summary>Joins squares of 2 × 2 patches into one of twice the width: half the rows, half the columns.</summary>
internal sealed class PatchMerging
{
    private const double Epsilon = 1e-5;

    private readonly int side, width;
    private readonly Norm norm;
    private readonly Linear reduction;

    public PatchMerging(ClapAudioConfig config, ClapWeights weights, int stage)
    {
        (side, width) = (config.SideOf(stage), config.WidthOf(stage));
        var name = $"{AudioTower.Prefix}.layers.{stage}.downsample";
        norm = weights.Norm($"{name}.norm", 4L * width, Epsilon);
        reduction = weights.Linear($"{name}.reduction", 2L * width, 4L * width, bias: false);
    }

    /// <param name="states"><c>[sounds, patches, width]</c>.</param>
    /// <returns><c>[sounds, patches / 4, 2 · width]</c>.</returns>
    public Tensor Forward(Tensor states)
    {
        var (sounds, half) = (states.shape[0], side / 2);
        // The order of a square's four: both first, lower, right, lower right.
        var joined = states.view(sounds, half, 2, half, 2, width).permute(0, 1, 3, 4, 2, 5).reshape(sounds, (long)half * half, 4L * width);
        return reduction.Apply(norm.Apply(joined));
    }
}
