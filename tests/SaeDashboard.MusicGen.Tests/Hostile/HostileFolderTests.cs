using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Fuzz.Cases;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tests.Support;

namespace SaeDashboard.MusicGen.Tests.Hostile;

/// <summary>Model folders come from strangers: they load, or are refused by name, in memory bounded by their size.</summary>
public sealed class HostileFolderTests(ITestOutputHelper output)
{
    /// <summary>More than loading a golden folder allocates; far less than what these configurations ask for.</summary>
    private const long MostAllocated = 16 << 20;

    /// <summary>Some of the cases that scripts/checks/fuzz.sh runs by the thousand.</summary>
    [Fact]
    public void Sixty_altered_folders_load_or_are_refused_by_name()
    {
        var root = Directory.CreateTempSubdirectory("hostile-").FullName;
        try
        {
            var golden = Path.GetDirectoryName(GoldenModel.FolderOf("mono"))!;
            var loaded = 0;
            for (var number = 0; number < 60; number++)
            {
                var fuzz = new FuzzCase(7, number);
                var folder = Path.Combine(root, $"{number}");
                fuzz.Write(golden, folder);
                var (outcome, good, message) = CaseResult.Judge(folder);
                Assert.True(good, $"{fuzz}: {outcome}\n{message}");
                if (outcome == "loaded") loaded++;
            }
            output.WriteLine($"{loaded} of 60 loaded");
            // Neither everything nor nothing may be refused: the alterations would then be no test of the readers.
            Assert.InRange(loaded, 10, 50);
        }
        finally
        {
            Directory.Delete(root, true);
        }
    }

    [Theory]
    [InlineData("decoder.num_codebooks", "2000000000", "\"decoder.num_codebooks\" is 2000000000: expected an integer from 1 to 1048576")]
    [InlineData("decoder.num_codebooks", "1000000", "has no tensor")]
    [InlineData("decoder.num_hidden_layers", "2147483647", "\"decoder.num_hidden_layers\" is 2147483647: expected an integer from 1 to 1048576")]
    [InlineData("decoder.num_hidden_layers", "1000000", "has no tensor")]
    [InlineData("decoder.hidden_size", "960000", "decoder.model.decoder.embed_tokens.0.weight")]
    [InlineData("decoder.hidden_size", "1e308", "\"decoder.hidden_size\" is 1e308: expected an integer")]
    [InlineData("text_encoder.vocab_size", "1000000", "text_encoder.shared.weight")]
    [InlineData("text_encoder.num_layers", "1000000", "text_encoder.encoder.block.3")]
    [InlineData("text_encoder.layer_norm_epsilon", "1e999", "\"text_encoder.layer_norm_epsilon\" is 1e999: expected a finite number")]
    [InlineData("text_encoder.layer_norm_epsilon", "-1", "\"text_encoder.layer_norm_epsilon\" is -1")]
    [InlineData("audio_encoder.upsampling_ratios", "[1000000,1000000,1000000,1000000]", "at most 16 with a product of at most 1048576 are")]
    [InlineData("audio_encoder.upsampling_ratios", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "at most 16 with a product of at most 1048576 are")]
    [InlineData("audio_encoder.trim_right_ratio", "-3", "\"audio_encoder.trim_right_ratio\" is -3")]
    [InlineData("audio_encoder.compress", "5000", "\"audio_encoder.compress\" is 5000")]
    [InlineData("audio_encoder.num_residual_layers", "1000000", "\"audio_encoder.dilation_growth_rate\" is 2")]
    [InlineData("audio_encoder.pad_mode", "\"\\ud800\"", "holds half a surrogate pair")]
    [InlineData("audio_encoder.pad_mode", "\"\\u001b[31m\"", "\"audio_encoder.pad_mode\" is \"\\u001B[31m\"")]
    public void A_config_that_asks_for_too_much_is_refused_without_paying_for_it(string field, string value, string said)
    {
        using var folder = new AlteredFolder("mono");
        folder.Change("config.json", field, value);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<UserException>(() => MusicGenModel.Load(folder.Path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.Contains(said, error);
        Assert.Contains(folder.Path, error);
        Assert.InRange(error.Length, 1, UserException.MaxMessageLength);
    }

    [Theory]
    [InlineData(1L << 60)]
    [InlineData(-1L)]
    [InlineData(100_000_001L)]
    [InlineData(99_000_000L)]
    public void A_header_that_claims_more_than_the_file_is_refused_without_paying_for_it(long length)
    {
        using var folder = new AlteredFolder("mono");
        using (var file = File.OpenWrite(folder["model.safetensors"])) file.Write(BitConverter.GetBytes(length));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<UserException>(() => MusicGenModel.Load(folder.Path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.Contains(folder["model.safetensors"], error);
    }

    [Theory]
    [InlineData("config.json", "/dev/zero")]
    [InlineData("tokenizer.json", "/dev/zero")]
    [InlineData("generation_config.json", "/dev/zero")]
    [InlineData("model.safetensors", "/dev/zero")]
    [InlineData("model.safetensors", "/dev/null")]
    [InlineData("config.json", "config.json")]
    public void A_link_to_an_endless_device_or_to_itself_is_refused(string file, string target)
    {
        using var folder = new AlteredFolder("mono");
        File.Delete(folder[file]);
        File.CreateSymbolicLink(folder[file], target);
        Assert.Contains(folder.Path, Assert.Throws<UserException>(() => MusicGenModel.Load(folder.Path)).Message);
    }

    [Theory]
    [InlineData("../mono/model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("sub/model.safetensors")]
    public void A_shard_is_next_to_its_index(string shard)
    {
        using var folder = new AlteredFolder("sharded-f16");
        var index = folder["model.safetensors.index.json"];
        File.WriteAllText(index, File.ReadAllText(index).Replace("model-00003-of-00004.safetensors", shard, StringComparison.Ordinal));
        var error = Assert.Throws<UserException>(() => MusicGenModel.Load(folder.Path)).Message;
        Assert.Contains(folder.Path, error);
    }

    [Theory]
    [InlineData("upsampling_ratios", "3")]
    [InlineData("upsampling_ratios", "[1.5]")]
    [InlineData("sampling_rate", "\"fast\"")]
    [InlineData("dilation_growth_rate", "null")]
    public void The_codecs_hash_without_a_tensor_library_refuses_what_it_cannot_read(string field, string value)
    {
        using var folder = new AlteredFolder("mono");
        folder.Change("config.json", $"audio_encoder.{field}", value);
        var files = new List<SafetensorsFile>();
        var tensors = CheckpointIndex.Open(folder.Path, files);
        using var config = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(folder["config.json"]));
        var error = Assert.Throws<UserException>(
            () => CodecHash.Of(folder["config.json"], config.RootElement.GetProperty("audio_encoder"), tensors)).Message;
        files.ForEach(file => file.Dispose());
        Assert.Contains($"{folder["config.json"]}: audio_encoder.{field}", error);
    }

    [Theory]
    [InlineData("decoder.model.decoder.layers.1.fc1.weight", float.NaN)]
    [InlineData("decoder.lm_heads.2.weight", float.PositiveInfinity)]
    [InlineData("text_encoder.encoder.block.0.layer.1.DenseReluDense.wo.weight", float.NaN)]
    public void Broken_weights_of_the_language_model_load_and_generation_says_what_is_wrong(string tensor, float value)
    {
        using var folder = new AlteredFolder("mono");
        Overwrite(folder["model.safetensors"], tensor, value);
        using var model = MusicGenModel.Load(folder.Path);
        var error = Assert.Throws<UserException>(() => new Generator(model).Make(4, new GenerationRow { Prompt = "taiko drums" })).Message;
        Assert.Contains("weights are broken", error);
        Assert.DoesNotContain("strength", error);
    }

    [Theory]
    [InlineData("audio_encoder.decoder.layers.0.conv.bias", false)]
    [InlineData("audio_encoder.encoder.layers.0.conv.bias", true)]
    public void Broken_weights_of_the_codec_load_and_coding_says_what_is_wrong(string tensor, bool encoder)
    {
        using var folder = new AlteredFolder("mono");
        Overwrite(folder["model.safetensors"], tensor, float.NaN);
        using var model = MusicGenModel.Load(folder.Path);
        var codes = GoldenModel.Get("mono").Codes("codes");
        if (encoder)
        {
            Says(() => model.Codec.Encode(new float[2000]));
            return;
        }
        Says(() => model.Codec.Decode(codes));
        using var stream = model.Codec.NewStream();
        Says(() => stream.Decode(codes, codes.Frames));

        void Says(Action action)
        {
            var error = Assert.Throws<UserException>(action).Message;
            Assert.Contains("weights are broken", error);
            Assert.Contains(folder.Path, error);
        }
    }

    private static void Overwrite(string path, string tensor, float value)
    {
        long offset;
        using (var file = SafetensorsFile.Open(path)) offset = file.Entry(tensor).Offset;
        using var stream = File.OpenWrite(path);
        stream.Position = offset;
        stream.Write(BitConverter.GetBytes(value));
    }
}
