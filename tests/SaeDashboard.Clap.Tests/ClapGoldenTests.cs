using static TorchSharp.torch;

namespace SaeDashboard.Clap.Tests;

/// <summary>Equality with Hugging Face transformers, stage by stage.</summary>
public sealed class ClapGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    /// <summary>In decibels. Sound 0 fills the model's input, sound 2 (0.9 s) is repeated eleven times and followed by silence.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_spectrogram_equals_the_reference(int wave)
    {
        var model = GoldenClap.Model;
        var error = GoldenClap.Error(model.Mel.Extract(GoldenClap.Wave(wave)), GoldenClap.Expected($"mel.{wave}"));
        output.WriteLine($"{error:E2} dB");
        Assert.InRange(error, 0, Tolerance);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_sound_has_the_reference_s_embedding(int wave)
    {
        var error = GoldenClap.Error(GoldenClap.Model.EmbedSounds([GoldenClap.Wave(wave)])[0], GoldenClap.Expected($"audio_embeds.{wave}"));
        output.WriteLine($"{error:E2}");
        Assert.InRange(error, 0, Tolerance);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_text_has_the_reference_s_embedding(int text)
    {
        var error = GoldenClap.Error(GoldenClap.Model.EmbedText(GoldenClap.Texts()[text]), GoldenClap.Expected($"text_embeds.{text}"));
        output.WriteLine($"{error:E2}");
        Assert.InRange(error, 0, Tolerance);
    }

    /// <summary>Cosines are compared: the reference multiplies them by exp(logit_scale_a).</summary>
    [Fact]
    public void The_similarity_of_a_sound_to_each_text_equals_the_reference()
    {
        var model = GoldenClap.Model;
        var sound = model.EmbedSounds([GoldenClap.Wave(0)])[0];
        var logits = GoldenClap.Expected("logits_per_audio");
        var cosines = GoldenClap.Texts().Select(text => (float)model.EmbedText(text).Zip(sound, (a, b) => (double)a * b).Sum()).ToArray();
        var error = GoldenClap.Error(cosines, [.. logits.Select(logit => (float)(logit / model.AudioLogitScale))]);
        output.WriteLine($"{error:E2}; cosines {string.Join(' ', cosines)}, scale {model.AudioLogitScale}");
        Assert.InRange(error, 0, Tolerance);
    }

    /// <summary>The check of the tests above: another sound and another text are further away than the tolerance.</summary>
    [Fact]
    public void Other_sounds_and_texts_have_other_embeddings()
    {
        Assert.True(GoldenClap.Error(GoldenClap.Expected("audio_embeds.0"), GoldenClap.Expected("audio_embeds.1")) > 100 * Tolerance);
        Assert.True(GoldenClap.Error(GoldenClap.Expected("text_embeds.0"), GoldenClap.Expected("text_embeds.1")) > 100 * Tolerance);
    }

    [Fact]
    public void Sounds_in_one_batch_have_the_embeddings_that_they_have_alone()
    {
        var model = GoldenClap.Model;
        float[][] waves = [GoldenClap.Wave(2), GoldenClap.Wave(0), GoldenClap.Wave(1)];
        var together = model.EmbedSounds(waves);
        for (var sound = 0; sound < waves.Length; sound++) Assert.InRange(GoldenClap.Error(together[sound], model.EmbedSounds([waves[sound]])[0]), 0, 1e-5);
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        var before = Tensor.TotalCount;
        using (var model = ClapModel.Load(GoldenClap.Folder))
        {
            var loaded = Tensor.TotalCount;
            model.EmbedSounds([GoldenClap.Wave(2)]);
            model.EmbedText("solo taiko drums, fast");
            Assert.Equal(loaded, Tensor.TotalCount);
            Assert.True(loaded > before);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Embeddings_are_of_length_1()
    {
        foreach (var embedding in (float[][])[GoldenClap.Model.EmbedText("a"), GoldenClap.Model.EmbedSounds([GoldenClap.Wave(1)])[0]])
            Assert.Equal(1, embedding.Sum(value => (double)value * value), 1e-6);
        Assert.Empty(GoldenClap.Model.EmbedSounds([]));
    }
}
