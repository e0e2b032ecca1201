using SaeDashboard.Core;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>The ways a checkpoint may store the same codec, and what happens when it does not hold one.</summary>
public sealed class CodecWeightsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codec-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folded_weight_sounds_like_the_norm_form_it_came_from()
    {
        using var golden = new CodecGolden("mono");
        using var folded = Rewritten(Fold);
        var codes = golden.Codes("encodec.codes");
        Assert.True(CodecGolden.RelativeError(folded.Decode(codes), golden.Audio("encodec.decoded")) <= 1e-4);
        var wave = golden.Audio("encodec.wave");
        CodeComparison.Compare(folded, wave, folded.Encode(wave), codes);
    }

    [Fact]
    public void Both_spellings_of_the_norm_form_are_the_same_codec()
    {
        using var golden = new CodecGolden("mono");
        using var renamed = Rewritten((name, shape, values) =>
            [(name.Replace("weight_g", "parametrizations.weight.original0", StringComparison.Ordinal)
                .Replace("weight_v", "parametrizations.weight.original1", StringComparison.Ordinal), shape, values)]);
        Assert.Equal(golden.Codec.CodecHash, renamed.CodecHash);
        var codes = golden.Codes("encodec.codes");
        Assert.Equal(golden.Codec.Decode(codes), renamed.Decode(codes));
    }

    [Fact]
    public void The_hash_follows_the_values_and_nothing_else()
    {
        using var golden = new CodecGolden("mono");
        using var copied = Rewritten((name, shape, values) => [(name, shape, values)]);
        using var unusedChanged = Rewritten((name, shape, values) =>
            [(name, shape, name.EndsWith("embed_avg", StringComparison.Ordinal) ? values.Select(value => value + 1).ToArray() : values)]);
        using var changed = Rewritten((name, shape, values) =>
            [(name, shape, name == "audio_encoder.decoder.layers.15.conv.bias" ? values.Select(MathF.BitIncrement).ToArray() : values)]);

        Assert.Matches("^[0-9a-f]{64}$", golden.Codec.CodecHash);
        Assert.Equal(golden.Codec.CodecHash, copied.CodecHash);
        Assert.Equal(golden.Codec.CodecHash, unusedChanged.CodecHash);
        Assert.NotEqual(golden.Codec.CodecHash, changed.CodecHash);
    }

    [Theory]
    [InlineData("audio_encoder.encoder.layers.3.conv.weight_v", "audio_encoder.encoder.layers.3.conv")]
    [InlineData("audio_encoder.decoder.layers.1.lstm.weight_hh_l1", "audio_encoder.decoder.layers.1.lstm.weight_hh_l1")]
    [InlineData("audio_encoder.quantizer.layers.0.codebook.embed", "audio_encoder.quantizer.layers.0.codebook.embed")]
    public void A_missing_tensor_is_named(string missing, string named)
    {
        var error = Assert.Throws<UserException>(() => Rewritten((name, shape, values) => name == missing ? [] : [(name, shape, values)]));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_does_not_fit_the_tensors_is_refused()
    {
        var folder = CodecGolden.FolderOf("mono");
        var config = MusicGenConfig.Load(folder).AudioEncoder;
        using var checkpoint = CheckpointTensors.Open(folder);
        AssertRefused(config with { NumFilters = 4 }, "audio_encoder.encoder.layers.0.conv");
        AssertRefused(config with { UpsamplingRatios = [8, 5, 4] }, "audio_encoder.encoder.layers");
        AssertRefused(config with { NormType = "time_group_norm" }, "norm_type");
        AssertRefused(config with { PadMode = "circular" }, "pad_mode");
        AssertRefused(config with { AudioChannels = 2 }, "audio_channels");
        AssertRefused(config with { CodebookDim = 8 }, "codebook_dim");

        void AssertRefused(AudioEncoderConfig wrong, string named) =>
            Assert.Contains(named, Assert.Throws<UserException>(() => new AudioCodec(wrong, checkpoint)).Message, StringComparison.Ordinal);
    }

    private readonly Dictionary<string, (long[] Shape, float[] Values)> _lengths = [];

    // W = g·v/‖v‖ in double: `weight_g` comes before `weight_v` in the order of names.
    private IEnumerable<(string, long[], float[])> Fold(string name, long[] shape, float[] values)
    {
        if (name.EndsWith("weight_g", StringComparison.Ordinal))
        {
            _lengths[name] = (shape, values);
            yield break;
        }

        if (name.EndsWith("weight_v", StringComparison.Ordinal))
        {
            var lengths = _lengths[name[..^1] + "g"].Values;
            var row = values.Length / lengths.Length;
            values = values.Chunk(row).SelectMany((direction, index) =>
            {
                var norm = Math.Sqrt(direction.Sum(value => (double)value * value));
                return direction.Select(value => (float)(lengths[index] * value / norm));
            }).ToArray();
            name = name[..^2];
        }

        yield return (name, shape, values);
    }

    private AudioCodec Rewritten(Func<string, long[], float[], IEnumerable<(string Name, long[] Shape, float[] Values)>> change)
    {
        var source = CodecGolden.FolderOf("mono");
        var writer = new SafetensorsWriter();
        using (var file = SafetensorsFile.Open(Path.Combine(source, "model.safetensors")))
        {
            var names = file.Entries.Keys.Where(key => key.StartsWith("audio_encoder.", StringComparison.Ordinal));
            foreach (var name in names.Order(StringComparer.Ordinal))
                foreach (var (newName, shape, values) in change(name, file.Entries[name].Shape.ToArray(), file.ReadFloat32(name)))
                    writer.Add(newName, values, shape);
        }

        writer.Save(Path.Combine(_folder, "model.safetensors"));

        using var checkpoint = CheckpointTensors.Open(_folder);
        return new AudioCodec(MusicGenConfig.Load(source).AudioEncoder, checkpoint);
    }
}
