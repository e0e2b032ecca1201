using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Melody;
using SaeDashboard.MusicGen.Text;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen;

/// <summary>A MusicGen model loaded from a Hugging Face checkpoint folder. Sums are float32 whatever type the weights are rounded
/// to.</summary>
public sealed class MusicGenModel : IDisposable
{
    private readonly CheckpointTensors tensors;
    private readonly MelodyConditioner? melody;
    private volatile string? weightsHash;

    private MusicGenModel(string folder, MusicGenConfig config, CheckpointTensors tensors, T5Tokenizer tokenizer, ModelOptions options,
        IProgress<LoadProgress>? progress)
    {
        var (part, done) = ("", 0L);
        void Report(string next) => progress?.Report(new LoadProgress(part = next, done, tensors.ByteLength));
        // A tensor may be read twice, an alias for instance.
        tensors.BytesRead = bytes =>
        {
            done = Math.Min(done + bytes, tensors.ByteLength);
            Report(part);
        };

        (Folder, Config, this.tensors, Tokenizer, Options) = (folder, config, tensors, tokenizer, options);
        if (Tokenizer.VocabularySize > config.TextEncoder.VocabularySize)
        {
            throw new UserException($"{folder}: tokenizer.json has ids up to {Tokenizer.VocabularySize - 1}, but config.json's "
                + $"text_encoder.vocab_size is {config.TextEncoder.VocabularySize}: the two files do not belong together. "
                + "Fetch the folder again.");
        }
        Report("text encoder");
        TextEncoder = new TextEncoder(config.TextEncoder, tensors);
        Report("decoder");
        Decoder = new Decoder(config.Decoder, config.TextEncoder.Width, tensors, options);
        if (config.Melody is { } melody)
        {
            Chroma = new ChromaExtractor(melody);
            this.melody = new MelodyConditioner(melody, config.Decoder.Width, tensors);
        }
        Report("codec");
        Codec = new AudioCodec(config.AudioEncoder, tensors);
        if (Codec.Codebooks != config.Decoder.CodebooksPerChannel)
            throw new UserException($"{folder}: the codec has {Codec.Codebooks} codebooks, but config.json gives the decoder "
                + $"{config.Decoder.CodebooksPerChannel} a channel: they do not belong together.");
        TorchRuntime.ReturnFreedMemory();
        tensors.BytesRead = null;
        done = tensors.ByteLength;
        Report("ready");
    }

    public string Folder { get; }

    public MusicGenConfig Config { get; }

    /// <summary>The type of its weights and its device.</summary>
    public ModelOptions Options { get; }

    public T5Tokenizer Tokenizer { get; }

    public TextEncoder TextEncoder { get; }

    public Decoder Decoder { get; }

    public AudioCodec Codec { get; }

    /// <summary>Extracts a melody's chroma; null: not a melody model.</summary>
    public ChromaExtractor? Chroma { get; }

    /// <summary>SHA-256 of the checkpoint's tensors, lower-case hexadecimal: names, types, shapes and stored bytes, in order of
    /// the names. Computed when first asked for.</summary>
    public string WeightsHash => weightsHash ?? HashWeights();

    /// <summary>Computes <see cref="WeightsHash"/>, which for a large model takes as long as reading it.</summary>
    /// <param name="progress">Receives the progress.</param>
    public string HashWeights(IProgress<LoadProgress>? progress = null) =>
        weightsHash = this.tensors.Hash(done => progress?.Report(new LoadProgress("hash", done, this.tensors.ByteLength)));

    /// <summary>Loads the folder, to compute in float32 on the CPU.</summary>
    /// <exception cref="UserException">A file or tensor is missing, damaged, unsupported or does not fit; the message names it.</exception>
    public static MusicGenModel Load(string folder, IProgress<LoadProgress>? progress = null) => Load(folder, new ModelOptions(), progress);

    /// <summary>Loads the folder.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">Type and device.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <exception cref="UserException">A file or tensor is missing, damaged, unsupported or does not fit; the message names it.</exception>
    public static MusicGenModel Load(string folder, ModelOptions options, IProgress<LoadProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Require();
        var config = MusicGenConfig.Load(folder);
        var tensors = CheckpointTensors.Open(folder);
        T5Tokenizer? tokenizer = null;
        try
        {
            progress?.Report(new LoadProgress("tokenizer", 0, tensors.ByteLength));
            tokenizer = T5Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));
            return new MusicGenModel(folder, config, tensors, tokenizer, options, progress);
        }
        catch
        {
            tokenizer?.Dispose();
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Encodes a sound into the decoder's codes: each channel separately, codebooks in the order 1L 1R 2L 2R ….</summary>
    /// <param name="channels"><c>[channels][samples]</c> at the codec's rate: as many channels as the decoder has, or one, which
    /// is used for each.</param>
    /// <returns><c>[codebooks, frames]</c>.</returns>
    /// <exception cref="UserException">There are more channels than the model has, no samples, or one is not finite.</exception>
    public CodeGrid EncodeSound(IReadOnlyList<float[]> channels)
    {
        ArgumentNullException.ThrowIfNull(channels);
        using var encoder = NewSoundEncoder(channels.Count);
        encoder.Append(channels);
        return encoder.Finish();
    }

    /// <summary>Encodes a sound piece by piece; the codes are those of <see cref="EncodeSound"/>.</summary>
    /// <param name="channels">Channels of the sound: as many as the decoder has, or one, which is used for each.</param>
    /// <exception cref="UserException">The number of channels fits neither.</exception>
    public SoundEncoder NewSoundEncoder(int channels) => new(Codec, Config.Decoder.AudioChannels, channels);

    /// <summary>Decodes the decoder's codes into sound.</summary>
    /// <param name="codes">1L 1R 2L 2R … in a stereo model.</param>
    /// <returns><c>[channels][samples]</c> at the codec's rate.</returns>
    /// <exception cref="UserException">The number of codebooks differs from the model's, or a code is out of range.</exception>
    public float[][] DecodeSound(CodeGrid codes)
    {
        Check(codes);
        return [.. Enumerable.Range(0, Config.Decoder.AudioChannels).Select(channel => Codec.Decode(ChannelCodes(codes, channel)))];
    }

    /// <summary>As <see cref="DecodeSound"/>, piece by piece in constant memory: the same samples, bit for bit.</summary>
    /// <exception cref="UserException">As <see cref="DecodeSound"/>.</exception>
    public IEnumerable<float[][]> DecodePieces(CodeGrid codes)
    {
        Check(codes);
        var channels = Enumerable.Range(0, Config.Decoder.AudioChannels).Select(channel => Codec.DecodePieces(ChannelCodes(codes, channel)).GetEnumerator()).ToArray();
        return Pieces();

        IEnumerable<float[][]> Pieces()
        {
            try
            {
                while (channels.All(channel => channel.MoveNext())) yield return [.. channels.Select(channel => channel.Current)];
            }
            finally
            {
                foreach (var channel in channels) channel.Dispose();
            }
        }
    }

    private void Check(CodeGrid codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (codes.Codebooks != Config.Decoder.Codebooks)
            throw new UserException($"{codes.Name}: {codes.Codebooks} codebooks, but the model has {Config.Decoder.Codebooks}: they were made by another model.");
    }

    /// <summary>The codes of one channel, as the codec reads them.</summary>
    /// <param name="codes">The decoder's.</param>
    /// <param name="channel">0 is the left one.</param>
    public CodeGrid ChannelCodes(CodeGrid codes, int channel) => ChannelCodes(codes, channel, Config.Decoder.AudioChannels);

    /// <summary>The same for a model of this number of channels.</summary>
    public static CodeGrid ChannelCodes(CodeGrid codes, int channel, int channels)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (channels == 1) return codes;
        var mine = new CodeGrid(codes.Codebooks / channels, codes.Frames) { Source = codes.Source };
        for (var codebook = 0; codebook < mine.Codebooks; codebook++)
        {
            for (var frame = 0; frame < codes.Frames; frame++) mine[codebook, frame] = codes[codebook * channels + channel, frame];
        }
        return mine;
    }

    /// <summary>The condition for a text and, in a melody model, a melody.</summary>
    /// <param name="text">The text encoder's output; null: the null text.</param>
    /// <param name="nullTokens">The null text's length; only melody models use it.</param>
    /// <param name="melody">The melody; null: none.</param>
    /// <returns>Null: the null condition of a model without melodies.</returns>
    internal TextCondition? Condition(Tensor? text, int nullTokens = 1, MelodyChroma? melody = null) => this.melody is null
        ? text is null ? null : Decoder.Condition(text)
        : this.melody.Prefix(Decoder, text, nullTokens, melody ?? MelodyChroma.None);

    /// <summary>Rejects a melody for a model that cannot follow one.</summary>
    /// <exception cref="UserException">There is a melody, and the model is not a melody model.</exception>
    internal void Check(MelodyChroma? melody)
    {
        if (melody is not null && this.melody is null)
            throw new UserException($"{Folder} follows no melody (config.json's model_type is \"musicgen\"): use a melody model "
                + "(\"musicgen_melody\"), or leave the melody out.");
    }

    public void Dispose()
    {
        TextEncoder.Dispose();
        Decoder.Dispose();
        melody?.Dispose();
        Codec.Dispose();
        Tokenizer.Dispose();
        this.tensors.Dispose();
    }
}

/// <summary>The conditions of one request's rows; each is computed once and kept until the request ends.</summary>
internal sealed class ConditionSet(MusicGenModel model) : IDisposable
{
    // The key of a null text is its length; for a text the length is −1.
    private readonly Dictionary<(string? Prompt, MelodyChroma? Melody, int NullTokens), TextCondition> made = [];

    /// <summary>The condition of each half of a row's guidance, the conditional one first; only one half where nothing guides.</summary>
    /// <param name="prompt">The text; null: none.</param>
    /// <param name="melody">The melody; null: none, as for every model without melodies.</param>
    /// <param name="guidance">Guided above 1.</param>
    public TextCondition?[] Halves(string? prompt, MelodyChroma? melody, double guidance)
    {
        if (prompt is null && melody is null) return [Null(1)];
        var condition = Of(prompt, melody);
        // The null text has the length of the text in the other half.
        return guidance > 1 ? [condition, Null(condition.Tokens - (model.Config.Melody?.ChromaLength ?? 0))] : [condition];
    }

    public void Dispose()
    {
        foreach (var condition in made.Values) condition.Dispose();
    }

    private TextCondition Of(string? prompt, MelodyChroma? melody)
    {
        var key = (prompt, melody, prompt is null ? 1 : -1);
        if (made.TryGetValue(key, out var condition)) return condition;
        using var text = prompt is null ? null : model.TextEncoder.Encode(model.Tokenizer.Encode(prompt));
        return made[key] = model.Condition(text, 1, melody)!;
    }

    private TextCondition? Null(int tokens)
    {
        if (model.Config.Melody is null) return null;
        var key = ((string?)null, (MelodyChroma?)null, tokens);
        return made.TryGetValue(key, out var condition) ? condition : made[key] = model.Condition(null, tokens, null)!;
    }
}
