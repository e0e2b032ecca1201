using SaeDashboard.Clap.Audio;
using SaeDashboard.Clap.Text;
using SaeDashboard.Core;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Clap;

/// <summary>
/// A CLAP model loaded from a Hugging Face folder (ClapModel, unfused): sounds and texts as vectors of length 1, whose product is their cosine
/// (Wu et al., "Large-scale Contrastive Language-Audio Pretraining with Feature Fusion and Keyword-to-Caption Augmentation", 2023). float32 on
/// one device. Not thread-safe.
/// </summary>
public sealed class ClapModel : IDisposable
{
    private readonly CheckpointTensors tensors;
    private readonly ClapWeights weights;
    private readonly AudioTower audioTower;
    private readonly TextTower textTower;
    private readonly Projection audioProjection, textProjection;

    private ClapModel(string folder, ClapConfig config, CheckpointTensors tensors, ClapTokenizer tokenizer, ClapWeights weights, IProgress<LoadProgress>? progress)
    {
        var (part, done) = ("", 0L);
        void Report(string next) => progress?.Report(new LoadProgress(part = next, done, tensors.ByteLength));
        tensors.BytesRead = bytes =>
        {
            done = Math.Min(done + bytes, tensors.ByteLength);
            Report(part);
        };
        (Folder, Config, this.tensors, Tokenizer, this.weights) = (folder, config, tensors, tokenizer, weights);
        if (tokenizer.VocabularySize > config.Text.VocabularySize)
            throw new UserException($"{folder}: tokenizer.json has ids up to {tokenizer.VocabularySize - 1}, but config.json's text_config.vocab_size is "
                + $"{config.Text.VocabularySize}: the two files do not belong together. Fetch the folder again.");
        using var noGradient = no_grad();
        Mel = new LogMelExtractor(config.Sound);
        Report("audio tower");
        audioTower = new AudioTower(config.Audio, weights);
        audioProjection = Projection.Read(weights, "audio_projection", config.Audio.OutputWidth, config.EmbeddingWidth);
        Report("text tower");
        textTower = new TextTower(config.Text, weights);
        textProjection = Projection.Read(weights, "text_projection", config.Text.Width, config.EmbeddingWidth);
        AudioLogitScale = Math.Exp(TensorData.ToArray(weights.Read("logit_scale_a", []))[0]);
        tensors.BytesRead = null;
        done = tensors.ByteLength;
        Report("ready");
    }

    public string Folder { get; }

    public ClapConfig Config { get; }

    public ClapTokenizer Tokenizer { get; }

    /// <summary>Extracts the spectrogram that the audio tower reads.</summary>
    public LogMelExtractor Mel { get; }

    /// <summary>Hz of the sounds that it reads.</summary>
    public int SampleRate => Config.Sound.SamplingRate;

    /// <summary>Samples of the longest sound.</summary>
    public int MaxSamples => Config.Sound.MaxSamples;

    /// <summary>What the model multiplies cosines by to get the logits of a sound's texts: exp(logit_scale_a).</summary>
    public double AudioLogitScale { get; }

    /// <summary>Loads the folder.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <exception cref="UserException">A file or tensor is missing, damaged, unsupported or does not fit; the message names it.</exception>
    public static ClapModel Load(string folder, ComputeDevice device = default, IProgress<LoadProgress>? progress = null)
    {
        var config = ClapConfig.Load(folder);
        var tensors = CheckpointTensors.Open(folder);
        var weights = new ClapWeights(tensors, device.ToTorch());
        ClapTokenizer? tokenizer = null;
        try
        {
            progress?.Report(new LoadProgress("tokenizer", 0, tensors.ByteLength));
            tokenizer = ClapTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
            return new ClapModel(folder, config, tensors, tokenizer, weights, progress);
        }
        catch
        {
            tokenizer?.Dispose();
            weights.Dispose();
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>SHA-256 of the checkpoint's tensors; computed at each call.</summary>
    /// <param name="bytesDone">Receives the number of bytes read.</param>
    public string HashWeights(Action<long>? bytesDone = null) => this.tensors.Hash(bytesDone);

    /// <summary>The embeddings of sounds, computed in one batch.</summary>
    /// <param name="sounds">Mono samples at <see cref="SampleRate"/>, −1 to 1; each at least one and at most <see cref="MaxSamples"/>.</param>
    /// <returns><c>[sounds][embedding width]</c>, each of length 1.</returns>
    /// <exception cref="UserException">A sound has no samples, or one that is not finite; or the model's weights are broken.</exception>
    public float[][] EmbedSounds(IReadOnlyList<float[]> sounds)
    {
        ArgumentNullException.ThrowIfNull(sounds);
        if (sounds.Count == 0) return [];
        var (frames, bins) = (Config.Sound.Frames, Config.Sound.MelBins);
        var mels = new float[sounds.Count * frames * bins];
        for (var sound = 0; sound < sounds.Count; sound++) Mel.Extract(sounds[sound]).CopyTo(mels, sound * frames * bins);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var pooled = audioTower.Forward(TensorData.FromFloats(mels, sounds.Count, frames, bins).to(this.weights.Device));
        return Rows(audioProjection.Apply(pooled));
    }

    /// <summary>The embedding of a text.</summary>
    /// <returns><c>[embedding width]</c>, of length 1.</returns>
    /// <exception cref="UserException">The text is too long, or the model's weights are broken.</exception>
    public float[] EmbedText(string text)
    {
        var ids = Tokenizer.Encode(text);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Rows(textProjection.Apply(textTower.Forward(ids)))[0];
    }

    public void Dispose()
    {
        Tokenizer.Dispose();
        this.weights.Dispose();
        this.tensors.Dispose();
    }

    /// <summary>The rows of a tensor, each divided by its length.</summary>
    private float[][] Rows(Tensor projected)
    {
        var width = Config.EmbeddingWidth;
        var rows = TensorData.ToArray(projected).Chunk(width).ToArray();
        foreach (var row in rows)
        {
            var length = Math.Sqrt(row.Sum(value => (double)value * value));
            if (!double.IsFinite(length) || length == 0)
                throw new UserException($"{Folder}: the model computes {(length == 0 ? "zeros" : "numbers that are not finite")}: its weights are broken. Fetch the folder again.");
            for (var index = 0; index < row.Length; index++) row[index] = (float)(row[index] / length);
        }
        return rows;
    }
}
