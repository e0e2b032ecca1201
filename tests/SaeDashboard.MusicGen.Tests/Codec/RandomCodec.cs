using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>
/// A codec of any configuration with small random weights, in memory and as a checkpoint whose convolutions are stored in all three forms
/// by turns: length and direction, the parametrized spelling of it, folded.
/// </summary>
internal sealed class RandomCodec
{
    public const int Codebooks = 3;

    private readonly Random _random;
    private readonly SafetensorsWriter _writer = new();
    private int _convolutions;

    public RandomCodec(AudioEncoderConfig config, int seed)
    {
        (Config, _random) = (config, new Random(seed));
        AddEncoder();
        AddDecoder();
        for (var codebook = 0; codebook < Codebooks; codebook++)
            Add($"audio_encoder.quantizer.layers.{codebook}.codebook.embed", 1, config.CodebookSize, config.CodebookDim);
    }

    public AudioEncoderConfig Config { get; }

    /// <summary>What was stored, row-major; convolutions' weights folded, under "….weight".</summary>
    public Dictionary<string, double[]> Tensors { get; } = [];

    /// <summary>The codec itself, read from what was stored.</summary>
    public static AudioCodec Make(AudioEncoderConfig config)
    {
        var folder = Directory.CreateTempSubdirectory("random-codec-").FullName;
        try
        {
            new RandomCodec(config, seed: 3).Save(folder);
            using var checkpoint = CheckpointTensors.Open(folder);
            return new AudioCodec(config, checkpoint);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Save(string folder) => _writer.Save(Path.Combine(folder, "model.safetensors"));

    private void AddEncoder()
    {
        var layer = 0;
        string Next() => $"audio_encoder.encoder.layers.{layer++}";
        var channels = Config.NumFilters;
        AddConvolution(Next(), channels, 1, Config.KernelSize);
        foreach (var ratio in Config.UpsamplingRatios.Reverse())
        {
            for (var block = 0; block < Config.NumResidualLayers; block++) AddBlock(Next(), channels);
            Next();
            AddConvolution(Next(), 2 * channels, channels, 2 * ratio);
            channels *= 2;
        }
        AddLstm(Next(), channels);
        Next();
        AddConvolution(Next(), Config.HiddenSize, channels, Config.LastKernelSize);
    }

    private void AddDecoder()
    {
        var layer = 0;
        string Next() => $"audio_encoder.decoder.layers.{layer++}";
        var channels = Config.NumFilters << Config.UpsamplingRatios.Count;
        AddConvolution(Next(), channels, Config.HiddenSize, Config.KernelSize);
        AddLstm(Next(), channels);
        foreach (var ratio in Config.UpsamplingRatios)
        {
            Next();
            AddConvolution(Next(), channels, channels / 2, 2 * ratio, channels / 2);
            channels /= 2;
            for (var block = 0; block < Config.NumResidualLayers; block++) AddBlock(Next(), channels);
        }
        Next();
        AddConvolution(Next(), 1, channels, Config.LastKernelSize);
    }

    private void AddBlock(string name, int channels)
    {
        AddConvolution($"{name}.block.1", channels / Config.Compress, channels, Config.ResidualKernelSize);
        AddConvolution($"{name}.block.3", channels, channels / Config.Compress, 1);
        if (Config.UseConvShortcut) AddConvolution($"{name}.shortcut", channels, channels, 1);
    }

    private void AddLstm(string name, int width)
    {
        for (var layer = 0; layer < Config.NumLstmLayers; layer++)
        {
            foreach (var part in new[] { "weight_ih", "weight_hh" }) Add($"{name}.lstm.{part}_l{layer}", 1 / Math.Sqrt(width), 4 * width, width);
            foreach (var part in new[] { "bias_ih", "bias_hh" }) Add($"{name}.lstm.{part}_l{layer}", 0.3, 4 * width);
        }
    }

    /// <param name="name">The layer.</param>
    /// <param name="first">The weight's first dimension: channels out, of a transposed convolution those in.</param>
    /// <param name="second">Its second.</param>
    /// <param name="kernel">Its third.</param>
    /// <param name="biases">Channels out, where the first dimension is not that.</param>
    private void AddConvolution(string name, int first, int second, int kernel, int? biases = null)
    {
        var row = second * kernel;
        var (length, direction) = (Draw(first, 1.5), Draw(first * row, 1));
        var folded = new double[direction.Length];
        for (var index = 0; index < first; index++)
        {
            var norm = Math.Sqrt(direction.AsSpan(index * row, row).ToArray().Sum(value => (double)value * value));
            for (var offset = index * row; offset < (index + 1) * row; offset++) folded[offset] = length[index] * direction[offset] / norm;
        }
        var form = _convolutions++ % 3;
        if (form == 2)
        {
            float[] stored = [.. folded.Select(value => (float)value)];
            _writer.Add($"{name}.conv.weight", stored, first, second, kernel);
            folded = [.. stored.Select(value => (double)value)];
        }
        else
        {
            _writer.Add($"{name}.conv.{(form == 0 ? "weight_g" : "parametrizations.weight.original0")}", length, first, 1, 1);
            _writer.Add($"{name}.conv.{(form == 0 ? "weight_v" : "parametrizations.weight.original1")}", direction, first, second, kernel);
        }
        Tensors[$"{name}.conv.weight"] = folded;
        Add($"{name}.conv.bias", 0.2, biases ?? first);
    }

    private void Add(string name, double scale, params int[] shape)
    {
        var values = Draw(shape.Aggregate(1, (product, size) => product * size), scale);
        _writer.Add(name, values, Array.ConvertAll(shape, size => (long)size));
        Tensors[name] = Array.ConvertAll(values, value => (double)value);
    }

    private float[] Draw(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)((2 * _random.NextDouble() - 1) * scale))];
}
