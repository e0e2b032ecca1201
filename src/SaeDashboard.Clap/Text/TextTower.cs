using SaeDashboard.Core;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Clap.Text;

/// <summary>
/// CLAP's text tower: RoBERTa (Liu et al., "RoBERTa: A Robustly Optimized BERT Pretraining Approach", 2019) in float32, one text at a time and
/// never padded. Its output is the first token's, through a linear layer and tanh.
/// </summary>
internal sealed class TextTower
{
    private const string Prefix = "text_model";

    private readonly ClapTextConfig config;
    private readonly Tensor words, positions, types;
    private readonly Norm norm;
    private readonly TextLayer[] layers;
    private readonly Linear pooler;

    /// <exception cref="UserException">A tensor is missing or has another shape than <paramref name="config"/> says.</exception>
    public TextTower(ClapTextConfig config, ClapWeights weights)
    {
        this.config = config;
        weights.RequireAbsent($"{Prefix}.encoder.layer.{config.Layers}.attention.self.query.weight", $"text_config.num_hidden_layers is {config.Layers}");
        words = weights.Read($"{Prefix}.embeddings.word_embeddings.weight", config.VocabularySize, config.Width);
        positions = weights.Read($"{Prefix}.embeddings.position_embeddings.weight", config.Positions, config.Width);
        types = weights.Read($"{Prefix}.embeddings.token_type_embeddings.weight", config.TokenTypes, config.Width);
        norm = weights.Norm($"{Prefix}.embeddings.LayerNorm", config.Width, config.LayerNormEpsilon);
        var all = new List<TextLayer>();
        for (var layer = 0; layer < config.Layers; layer++) all.Add(new TextLayer(config, weights, $"{Prefix}.encoder.layer.{layer}"));
        layers = [.. all];
        pooler = weights.Linear($"{Prefix}.pooler.dense", config.Width, config.Width);
    }

    /// <summary>The pooled output of a text.</summary>
    /// <param name="ids">Its token ids, the first and the last one included.</param>
    /// <returns><c>[1, width]</c>, in the caller's dispose scope.</returns>
    /// <exception cref="UserException">There are more tokens than the tower has positions.</exception>
    public Tensor Forward(int[] ids)
    {
        if (ids.Length == 0) throw new ArgumentException("A text has at least one token.", nameof(ids));
        if (ids.Length > config.MaxTokens)
            throw new UserException($"The text has {ids.Length} tokens; this CLAP model reads at most {config.MaxTokens}. Shorten it.");
        using var scope = NewDisposeScope();
        var device = words.device;
        Tensor Rows(Tensor table, long[] rows) => table.index_select(0, TensorData.FromInt64s(rows, rows.Length).to(device));
        var states = Rows(words, Array.ConvertAll(ids, id => (long)id)).Add(types.narrow(0, 0, 1)).Add(Rows(positions, PositionsOf(ids, config.PadId)));
        states = norm.Apply(states);
        foreach (var layer in layers) states = layer.Forward(states);
        return pooler.Apply(states.narrow(0, 0, 1)).tanh().MoveToOuterDisposeScope();
    }

    /// <summary>Each token's position, counted from the pad id + 1; a pad token that is written in the text has the pad id as its position and
    /// does not count.</summary>
    internal static long[] PositionsOf(int[] ids, int padId)
    {
        long next = padId;
        return Array.ConvertAll(ids, id => id == padId ? padId : ++next);
    }
}

/// <summary>One layer of the text tower: x = norm(x + attention(x)); x = norm(x + feed-forward(x)).</summary>
internal sealed class TextLayer
{
    private readonly int heads, headSize;
    private readonly Linear query, key, value, output, expand, contract;
    private readonly Norm attentionNorm, feedForwardNorm;

    public TextLayer(ClapTextConfig config, ClapWeights weights, string name)
    {
        var (width, wide) = (config.Width, config.FeedForwardWidth);
        (heads, headSize) = (config.Heads, width / config.Heads);
        query = weights.Linear($"{name}.attention.self.query", width, width);
        key = weights.Linear($"{name}.attention.self.key", width, width);
        value = weights.Linear($"{name}.attention.self.value", width, width);
        output = weights.Linear($"{name}.attention.output.dense", width, width);
        attentionNorm = weights.Norm($"{name}.attention.output.LayerNorm", width, config.LayerNormEpsilon);
        expand = weights.Linear($"{name}.intermediate.dense", wide, width);
        contract = weights.Linear($"{name}.output.dense", width, wide);
        feedForwardNorm = weights.Norm($"{name}.output.LayerNorm", width, config.LayerNormEpsilon);
    }

    /// <param name="states"><c>[tokens, width]</c>.</param>
    /// <returns>The same shape, in the caller's dispose scope.</returns>
    public Tensor Forward(Tensor states)
    {
        using var scope = NewDisposeScope();
        var (tokens, width) = (states.shape[0], states.shape[1]);
        // [heads, tokens, head size]
        Tensor Split(Linear projection) => projection.Apply(states).view(tokens, heads, headSize).permute(1, 0, 2).contiguous();
        var shares = Split(query).bmm(Split(key).transpose(1, 2)).Mul(1 / Math.Sqrt(headSize)).softmax(-1);
        var mixed = shares.bmm(Split(value)).permute(1, 0, 2).reshape(tokens, width);
        var attended = attentionNorm.Apply(output.Apply(mixed).Add(states));
        var hidden = nn.functional.gelu(expand.Apply(attended));
        return feedForwardNorm.Apply(contract.Apply(hidden).Add(attended)).MoveToOuterDisposeScope();
    }
}
