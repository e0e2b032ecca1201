using System.Runtime.InteropServices;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Bench;

/// <summary>
/// Writes a checkpoint of exactly musicgen-small's shape with random weights: T5-base's encoder, 24 layers of width 1024 with 16 heads, 4
/// codebooks of 2048, EnCodec at 32 kHz. It takes as long to load and to step as the real one; what it plays is noise.
/// </summary>
internal sealed class RandomModel
{
    private const int TextWidth = 768, TextInner = 3072, TextLayers = 12, TextHeads = 12, TextVocabulary = 32128;
    private const int Width = 1024, Inner = 4096, Layers = 24, Heads = 16, Codebooks = 4, Codes = 2048;
    private const int Filters = 64, Latent = 128;

    private static readonly int[] Ratios = [8, 5, 4, 4];

    private readonly SafetensorsWriter writer = new();
    private ulong seed = 0x9E3779B97F4A7C15;

    private RandomModel()
    {
    }

    /// <param name="folder">An empty folder.</param>
    /// <param name="tokenizer">A T5 tokenizer.json with no more than 32128 ids.</param>
    public static void Write(string folder, string tokenizer)
    {
        var model = new RandomModel();
        model.AddTextEncoder();
        model.AddDecoder();
        model.AddCodec();
        model.writer.Save(Path.Combine(folder, "model.safetensors"));
        File.Copy(tokenizer, Path.Combine(folder, "tokenizer.json"));
        AtomicFile.WriteJson(Path.Combine(folder, "config.json"), Config());
    }

    private static Dictionary<string, object?> Config() => new()
    {
        ["model_type"] = "musicgen",
        ["text_encoder"] = new Dictionary<string, object?>
        {
            ["model_type"] = "t5",
            ["d_model"] = TextWidth,
            ["d_kv"] = TextWidth / TextHeads,
            ["d_ff"] = TextInner,
            ["num_layers"] = TextLayers,
            ["num_heads"] = TextHeads,
            ["vocab_size"] = TextVocabulary,
        },
        ["audio_encoder"] = new Dictionary<string, object?>
        {
            ["model_type"] = "encodec",
            ["sampling_rate"] = 32000,
            ["audio_channels"] = 1,
            ["num_filters"] = Filters,
            ["hidden_size"] = Latent,
            ["codebook_dim"] = Latent,
            ["codebook_size"] = Codes,
            ["upsampling_ratios"] = Ratios,
            ["num_residual_layers"] = 1,
            ["kernel_size"] = 7,
            ["last_kernel_size"] = 7,
            ["residual_kernel_size"] = 3,
            ["dilation_growth_rate"] = 2,
            ["compress"] = 2,
            ["num_lstm_layers"] = 2,
            ["norm_type"] = "weight_norm",
            ["use_causal_conv"] = false,
            ["use_conv_shortcut"] = false,
            ["pad_mode"] = "reflect",
            ["normalize"] = false,
        },
        ["decoder"] = new Dictionary<string, object?>
        {
            ["vocab_size"] = Codes,
            ["num_hidden_layers"] = Layers,
            ["ffn_dim"] = Inner,
            ["num_attention_heads"] = Heads,
            ["hidden_size"] = Width,
            ["num_codebooks"] = Codebooks,
            ["audio_channels"] = 1,
        },
    };

    private void AddTextEncoder()
    {
        Matrix("text_encoder.shared.weight", TextVocabulary, TextWidth);
        Matrix("text_encoder.encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", 32, TextHeads);
        for (var block = 0; block < TextLayers; block++)
        {
            var name = FormattableString.Invariant($"text_encoder.encoder.block.{block}.layer");
            foreach (var part in new[] { "q", "k", "v", "o" }) Matrix($"{name}.0.SelfAttention.{part}.weight", TextWidth, TextWidth);
            Vector($"{name}.0.layer_norm.weight", TextWidth, 1);
            Matrix($"{name}.1.DenseReluDense.wi.weight", TextInner, TextWidth);
            Matrix($"{name}.1.DenseReluDense.wo.weight", TextWidth, TextInner);
            Vector($"{name}.1.layer_norm.weight", TextWidth, 1);
        }
        Vector("text_encoder.encoder.final_layer_norm.weight", TextWidth, 1);
        Matrix("enc_to_dec_proj.weight", Width, TextWidth);
        Vector("enc_to_dec_proj.bias", Width, 0);
    }

    private void AddDecoder()
    {
        for (var codebook = 0; codebook < Codebooks; codebook++)
        {
            Matrix(FormattableString.Invariant($"decoder.model.decoder.embed_tokens.{codebook}.weight"), Codes + 1, Width);
            Matrix(FormattableString.Invariant($"decoder.lm_heads.{codebook}.weight"), Codes, Width);
        }
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = FormattableString.Invariant($"decoder.model.decoder.layers.{layer}");
            foreach (var attention in new[] { "self_attn", "encoder_attn" })
            {
                foreach (var part in new[] { "q_proj", "k_proj", "v_proj", "out_proj" }) Matrix($"{name}.{attention}.{part}.weight", Width, Width);
                Norm($"{name}.{attention}_layer_norm");
            }
            Matrix($"{name}.fc1.weight", Inner, Width);
            Matrix($"{name}.fc2.weight", Width, Inner);
            Norm($"{name}.final_layer_norm");
        }
        Norm("decoder.model.decoder.layer_norm");
    }

    private void AddCodec()
    {
        var widest = Filters << Ratios.Length;
        int encoder = 0, decoder = 0;
        string Encoder() => FormattableString.Invariant($"audio_encoder.encoder.layers.{encoder++}");
        string Decoder() => FormattableString.Invariant($"audio_encoder.decoder.layers.{decoder++}");

        Convolution(Encoder(), Filters, 1, 7);
        var channels = Filters;
        foreach (var ratio in Ratios.Reverse())
        {
            Residual(Encoder(), channels);
            encoder++;
            Convolution(Encoder(), 2 * channels, channels, 2 * ratio);
            channels *= 2;
        }
        Lstm(Encoder(), widest);
        encoder++;
        Convolution(Encoder(), Latent, widest, 7);

        Convolution(Decoder(), widest, Latent, 7);
        Lstm(Decoder(), widest);
        foreach (var ratio in Ratios)
        {
            decoder++;
            // A transposed convolution's weight is [in, out, kernel].
            var name = Decoder();
            Add($"{name}.conv.weight", 0, [channels, channels / 2, 2 * ratio]);
            Vector($"{name}.conv.bias", channels / 2, 0);
            channels /= 2;
            Residual(Decoder(), channels);
        }
        decoder++;
        Convolution(Decoder(), 1, channels, 7);
        for (var codebook = 0; codebook < Codebooks; codebook++)
            Matrix(FormattableString.Invariant($"audio_encoder.quantizer.layers.{codebook}.codebook.embed"), Codes, Latent);
    }

    private void Residual(string name, int channels)
    {
        Convolution($"{name}.block.1", channels / 2, channels, 3);
        Convolution($"{name}.block.3", channels, channels / 2, 1);
    }

    private void Convolution(string name, int outputs, int inputs, int kernel)
    {
        Add($"{name}.conv.weight", 0, [outputs, inputs, kernel]);
        Vector($"{name}.conv.bias", outputs, 0);
    }

    private void Lstm(string name, int width)
    {
        for (var layer = 0; layer < 2; layer++)
        {
            foreach (var side in new[] { "ih", "hh" })
            {
                Matrix(FormattableString.Invariant($"{name}.lstm.weight_{side}_l{layer}"), 4 * width, width);
                Vector(FormattableString.Invariant($"{name}.lstm.bias_{side}_l{layer}"), 4 * width, 0);
            }
        }
    }

    private void Norm(string name)
    {
        Vector($"{name}.weight", Width, 1);
        Vector($"{name}.bias", Width, 0);
    }

    private void Matrix(string name, int rows, int columns) => Add(name, 0, [rows, columns]);

    private void Vector(string name, int length, float around) => Add(name, around, [length]);

    private void Add(string name, float around, long[] shape)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        // A variance of one over the inputs keeps sums of the size of their terms.
        var spread = shape.Length == 1 ? 0.02f : MathF.Sqrt(3f / (count / shape[0]));
        writer.AddStreamed(name, TensorDType.Float32, stream => Write(stream, count, around, spread), shape);
    }

    private void Write(Stream stream, long count, float around, float spread)
    {
        var piece = new float[1 << 16];
        for (long done = 0; done < count; done += piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, count - done));
            for (var index = 0; index < part.Length; index++)
            {
                // xorshift64; its upper 24 bits as a number from −1 to 1.
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                part[index] = around + spread * ((int)(seed >> 40) / (float)(1 << 23) - 1);
            }
            stream.Write(MemoryMarshal.AsBytes(part));
        }
    }
}
