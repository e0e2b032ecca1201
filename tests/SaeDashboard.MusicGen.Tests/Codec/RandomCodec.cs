using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>A codec of any shape with random weights.</summary>
internal static class RandomCodec
{
    /// <summary>Two codebooks of 16 entries, two filters.</summary>
    public static AudioCodec Make(AudioEncoderConfig config)
    {
        var folder = Directory.CreateTempSubdirectory("random-codec-").FullName;
        try
        {
            var (writer, random) = (new SafetensorsWriter(), new Random(3));
            void Add(string name, params long[] shape)
            {
                var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
                var scale = 1.5 / Math.Sqrt(Math.Max(1, shape.Skip(1).Aggregate(1L, (product, size) => product * size)));
                for (var index = 0; index < values.Length; index++) values[index] = (float)(scale * (2 * random.NextDouble() - 1));
                writer.Add($"audio_encoder.{name}", values, shape);
            }
            void Convolution(string name, long from, long to, long kernel, bool transposed = false)
            {
                Add($"{name}.conv.weight", transposed ? [from, to, kernel] : [to, from, kernel]);
                Add($"{name}.conv.bias", to);
            }
            int Residual(string side, int layer, long channels)
            {
                for (var block = 0; block < config.NumResidualLayers; block++, layer++)
                {
                    Convolution($"{side}.layers.{layer}.block.1", channels, channels / config.Compress, config.ResidualKernelSize);
                    Convolution($"{side}.layers.{layer}.block.3", channels / config.Compress, channels, 1);
                    if (config.UseConvShortcut) Convolution($"{side}.layers.{layer}.shortcut", channels, channels, 1);
                }
                return layer;
            }
            void Lstm(string name, long width)
            {
                for (var layer = 0; layer < config.NumLstmLayers; layer++)
                {
                    foreach (var part in new[] { "ih", "hh" })
                    {
                        Add($"{name}.lstm.weight_{part}_l{layer}", 4 * width, width);
                        Add($"{name}.lstm.bias_{part}_l{layer}", 4 * width);
                    }
                }
            }

            long channels = config.NumFilters;
            Convolution("encoder.layers.0", 1, channels, config.KernelSize);
            var number = 1;
            foreach (var ratio in config.UpsamplingRatios.Reverse())
            {
                number = Residual("encoder", number, channels) + 1;
                Convolution($"encoder.layers.{number++}", channels, 2 * channels, 2 * ratio);
                channels *= 2;
            }
            Lstm($"encoder.layers.{number++}", channels);
            Convolution($"encoder.layers.{++number}", channels, config.HiddenSize, config.LastKernelSize);

            Convolution("decoder.layers.0", config.HiddenSize, channels, config.KernelSize);
            Lstm("decoder.layers.1", channels);
            number = 2;
            foreach (var ratio in config.UpsamplingRatios)
            {
                Convolution($"decoder.layers.{++number}", channels, channels / 2, 2 * ratio, transposed: true);
                channels /= 2;
                number = Residual("decoder", number + 1, channels);
            }
            Convolution($"decoder.layers.{number + 1}", channels, 1, config.LastKernelSize);
            for (var codebook = 0; codebook < 2; codebook++) Add($"quantizer.layers.{codebook}.codebook.embed", config.CodebookSize, config.HiddenSize);

            writer.Save(Path.Combine(folder, "model.safetensors"));
            using var checkpoint = CheckpointTensors.Open(folder);
            return new AudioCodec(config, checkpoint);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
