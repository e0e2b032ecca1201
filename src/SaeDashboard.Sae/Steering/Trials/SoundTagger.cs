using System.Runtime.InteropServices;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering.Trials;

/// <summary>
/// Says which annotated sounds are in each frame of a sound, from its log-mel spectrum alone: one hidden layer of ReLUs, a logistic output for each class.
/// It judges steered music independently of the model that made it and of the SAE.
/// </summary>
public sealed class SoundTagger
{
    // A share of 0 or 1 has no finite log-odds.
    private const double SmallestShare = 1e-4;

    private const int MostClasses = 4096, MostHidden = 65_536;

    private readonly LogMelFrames frames;
    private readonly TaggerWeights weights;

    /// <param name="weights">What was trained.</param>
    /// <param name="sampleRate">Samples per second (Hz).</param>
    /// <param name="hop">Samples of a frame.</param>
    public SoundTagger(TaggerWeights weights, int sampleRate, int hop) => (this.weights, frames) = (weights, new LogMelFrames(sampleRate, hop));

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> Classes => weights.Classes;

    /// <summary>SHA-256 of the weights' bytes.</summary>
    public string Hash => weights.Hash;

    /// <summary>Each class's probability in each frame <c>[frames, classes]</c>.</summary>
    /// <param name="samples">Mono, −1 to 1.</param>
    /// <param name="count">Frames from the start.</param>
    public float[] Tag(float[] samples, int count)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return TensorData.ToArray(weights.Logits(TensorData.FromFloats(frames.Of(samples, count), count, LogMelFrames.Inputs)).sigmoid().contiguous());
    }

    /// <summary>The log-odds of a class's mean probability over frames: it grows with the share of the time in which the class is heard.</summary>
    public static double LogOdds(double share)
    {
        share = Math.Clamp(share, SmallestShare, 1 - SmallestShare);
        return Math.Log(share / (1 - share));
    }

    /// <summary>Writes the weights and what they were trained on.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Save(string path, TaggerWeights weights, string key)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata["key"] = key;
        writer.Metadata["classes"] = string.Join('\n', weights.Classes);
        writer.Add("mean", weights.Mean, weights.Mean.Length);
        writer.Add("scale", weights.Scale, weights.Scale.Length);
        writer.Add("hidden", weights.Hidden, weights.Mean.Length, weights.HiddenBias.Length);
        writer.Add("hidden_bias", weights.HiddenBias, weights.HiddenBias.Length);
        writer.Add("output", weights.Output, weights.HiddenBias.Length, weights.Classes.Count);
        writer.Add("output_bias", weights.OutputBias, weights.OutputBias.Length);
        writer.Add("auroc", weights.Auroc, weights.Auroc.Length);
        writer.Add("accuracy", weights.Accuracy, weights.Accuracy.Length);
        writer.Save(path);
    }

    /// <summary>Reads the file; null: there is none, or it was trained on something else.</summary>
    /// <exception cref="UserException">It is damaged.</exception>
    public static TaggerWeights? TryLoad(string path, string key)
    {
        if (!File.Exists(path)) return null;
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue("key", out var found) || found != key || !file.Metadata.TryGetValue("classes", out var names)) return null;
        string[] classes = names.Split('\n');
        var hidden = file.Entry("hidden_bias").Shape is [> 0 and <= MostHidden and var width] && classes.Length <= MostClasses ? (int)width : 0;
        var inputs = LogMelFrames.Inputs;
        float[] Read(string name, params long[] shape) => file.Entry(name) is { DType: TensorDType.Float32 } entry && entry.Shape.SequenceEqual(shape)
            ? file.ReadFloat32(name)
            : throw new UserException($"{path}: '{name}' is {file.Entry(name).Describe()}, which does not fit a tagger of {classes.Length} classes. Delete the file to train it again.");
        return new TaggerWeights(classes, Read("mean", inputs), Read("scale", inputs), Read("hidden", inputs, hidden), Read("hidden_bias", hidden),
            Read("output", hidden, classes.Length), Read("output_bias", classes.Length), Read("auroc", classes.Length), Read("accuracy", classes.Length));
    }
}

/// <summary>The weights of a tagger of C classes and H hidden units, and how well it does on clips that it was not trained on.</summary>
/// <param name="Classes">The names.</param>
/// <param name="Mean">Subtracted from each input <c>[inputs]</c>.</param>
/// <param name="Scale">Each input is multiplied by it <c>[inputs]</c>.</param>
/// <param name="Hidden"><c>[inputs, H]</c></param>
/// <param name="HiddenBias"><c>[H]</c></param>
/// <param name="Output"><c>[H, C]</c></param>
/// <param name="OutputBias"><c>[C]</c></param>
/// <param name="Auroc">Area under the ROC curve of each class on held-out frames <c>[C]</c>; NaN: the class is not there, or always.</param>
/// <param name="Accuracy">Balanced accuracy of each class at the threshold that makes it largest on training frames <c>[C]</c>, on held-out frames.</param>
public sealed record TaggerWeights(
    IReadOnlyList<string> Classes, float[] Mean, float[] Scale, float[] Hidden, float[] HiddenBias, float[] Output, float[] OutputBias, float[] Auroc, float[] Accuracy)
{
    /// <summary>SHA-256 of what decides its answers.</summary>
    public string Hash
    {
        get
        {
            float[] all = [.. Mean, .. Scale, .. Hidden, .. HiddenBias, .. Output, .. OutputBias];
            return Hashing.Sha256(MemoryMarshal.AsBytes(all.AsSpan()));
        }
    }

    /// <summary>Mean of the classes' <see cref="Auroc"/> that could be measured.</summary>
    public double MeanAuroc => Auroc.Where(float.IsFinite).Select(value => (double)value).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Mean of the classes' <see cref="Accuracy"/> that could be measured.</summary>
    public double MeanAccuracy => Accuracy.Where(float.IsFinite).Select(value => (double)value).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The logits <c>[frames, C]</c> of inputs <c>[frames, inputs]</c>, in the caller's dispose scope.</summary>
    internal Tensor Logits(Tensor inputs)
    {
        var hidden = Standard(inputs).mm(TensorData.FromFloats(Hidden, Mean.Length, HiddenBias.Length)).Add(TensorData.FromFloats(HiddenBias, 1, HiddenBias.Length)).relu();
        return hidden.mm(TensorData.FromFloats(Output, HiddenBias.Length, Classes.Count)).Add(TensorData.FromFloats(OutputBias, 1, Classes.Count));
    }

    internal Tensor Standard(Tensor inputs) => inputs.sub(TensorData.FromFloats(Mean, 1, Mean.Length)).mul(TensorData.FromFloats(Scale, 1, Scale.Length));
}
