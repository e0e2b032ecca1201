using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Text;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.MusicGen;

/// <summary>A MusicGen checkpoint folder as Hugging Face keeps it, loaded: sums are float32, whatever the weights are
/// rounded to.</summary>
public sealed class MusicGenModel : IDisposable
{
    private readonly CheckpointTensors tensors;
    private readonly Lazy<string> weightsHash;

    private MusicGenModel(string folder, MusicGenConfig config, CheckpointTensors tensors, ModelOptions options, IProgress<LoadProgress>? progress)
    {
        var total = config.Decoder.Layers + 3;
        void Report(string part, int done) => progress?.Report(new LoadProgress(part, done, total));

        (Folder, Config, this.tensors, Options) = (folder, config, tensors, options);
        weightsHash = new Lazy<string>(tensors.Hash);
        Report("tokenizer", 0);
        Tokenizer = T5Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        if (Tokenizer.VocabularySize > config.TextEncoder.VocabularySize)
        {
            throw new UserException($"{folder}: tokenizer.json has ids up to {Tokenizer.VocabularySize - 1}, but config.json's "
                + $"text_encoder.vocab_size is {config.TextEncoder.VocabularySize}: the two files do not belong together. "
                + "Fetch the folder again.");
        }
        Report("text encoder", 1);
        TextEncoder = new TextEncoder(config.TextEncoder, tensors);
        Report("decoder", 2);
        Decoder = new Decoder(config.Decoder, config.TextEncoder.Width, tensors, options.Type, layers => Report("decoder", 2 + layers));
        Report("codec", total - 1);
        Codec = new AudioCodec(config.AudioEncoder, tensors);
        if (Codec.Codebooks != config.Decoder.CodebooksPerChannel)
            throw new UserException($"{folder}: the codec has {Codec.Codebooks} codebooks, but config.json gives the decoder "
                + $"{config.Decoder.CodebooksPerChannel} a channel: they do not belong together.");
        TorchRuntime.ReturnFreedMemory();
        Report("ready", total);
    }

    public string Folder { get; }

    public MusicGenConfig Config { get; }

    /// <summary>The type its weights were rounded to, and where it computes.</summary>
    public ModelOptions Options { get; }

    public T5Tokenizer Tokenizer { get; }

    public TextEncoder TextEncoder { get; }

    public Decoder Decoder { get; }

    public AudioCodec Codec { get; }

    /// <summary>SHA-256 of the checkpoint's tensors, lower-case hexadecimal: names, types, shapes and stored bytes, in order of
    /// the names. Computed when first asked for.</summary>
    public string WeightsHash => weightsHash.Value;

    /// <summary>Loads the folder, to compute in float32 on the CPU.</summary>
    /// <exception cref="UserException">Something is missing, damaged, not supported, or does not fit; the message names it.</exception>
    public static MusicGenModel Load(string folder, IProgress<LoadProgress>? progress = null) => Load(folder, new ModelOptions(), progress);

    /// <summary>Loads the folder.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">Type and device.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <exception cref="UserException">Something is missing, damaged, not supported, or does not fit; the message names it.</exception>
    public static MusicGenModel Load(string folder, ModelOptions options, IProgress<LoadProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Require();
        var config = MusicGenConfig.Load(folder);
        var tensors = CheckpointTensors.Open(folder);
        try
        {
            return new MusicGenModel(folder, config, tensors, options, progress);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>A prompt's condition, made once for each text.</summary>
    internal TextCondition Condition(string prompt, Dictionary<string, TextCondition> made)
    {
        if (made.TryGetValue(prompt, out var condition)) return condition;
        using var text = TextEncoder.Encode(Tokenizer.Encode(prompt));
        condition = Decoder.Condition(text);
        made.Add(prompt, condition);
        return condition;
    }

    public void Dispose()
    {
        TextEncoder.Dispose();
        Decoder.Dispose();
        Codec.Dispose();
        this.tensors.Dispose();
    }
}
